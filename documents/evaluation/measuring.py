"""Ask a data set's questions, and compare what is found with what should be."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from asgiref.sync import async_to_sync

from accounts.models import User
from documents.evaluation import metrics
from documents.evaluation.dataset import Dataset, Query
from documents.models import Document
from documents.models.tuning import Tuning
from documents.search import Bearing, Mode, SearchResult, search

# A page is worth its best passage, so more passages are wanted than pages.
DEEP = 50
SPAN_PASSAGES = 5


@dataclass(frozen=True, slots=True)
class Way:
    """A way to search: the mode, the tuning, and whether in the question's document only."""

    name: str
    mode: Mode = "hybrid"
    tuning: Tuning | None = None
    in_document: bool = False


@dataclass(slots=True)
class Figures:
    """Means over the questions, by the measure's name."""

    way: Way
    questions: int = 0
    values: dict[str, float] = field(default_factory=dict)


def measure(user: User, dataset: Dataset, documents: dict[str, Document], way: Way) -> Figures:
    found = {
        query.id: async_to_sync(_search)(user, query, documents, way, dataset)
        for query in dataset.queries
    }
    answerable = [query for query in dataset.queries if query.gains]
    figures = Figures(way, len(answerable))
    rows = [_score(query, found[query.id], documents, dataset) for query in answerable]
    figures.values = {name: metrics.mean(row[name] for row in rows) for name in rows[0]}
    figures.values |= _score_refusals(dataset.queries, found)
    # Asked in a chat with everything to search, these would get no passages.
    figures.values["left out"] = metrics.mean(
        float(found[query.id].bearing is Bearing.NONE) for query in answerable
    )
    return figures


async def _search(
    user: User, query: Query, documents: dict[str, Document], way: Way, dataset: Dataset
) -> SearchResult:
    within = documents.get(query.document) if way.in_document else None
    return await search(
        user,
        query.text,
        SPAN_PASSAGES if dataset.by_characters else DEEP,
        collections=None if within else [next(iter(documents.values())).collection_id],
        documents=[within.pk] if within else None,
        mode=way.mode,
        tuning=way.tuning,
    )


def _score(
    query: Query, result: SearchResult, documents: dict[str, Document], dataset: Dataset
) -> dict[str, float]:
    if dataset.by_characters:
        return _score_spans(query, result, documents)
    ranking = _build_ranking(result, dataset, {doc.pk: name for name, doc in documents.items()})
    return {
        "nDCG@10": metrics.ndcg(ranking, query.gains, 10),
        "recall@5": metrics.recall(ranking, query.gains, 5),
        "recall@10": metrics.recall(ranking, query.gains, 10),
        "MRR@10": metrics.reciprocal_rank(ranking, query.gains, 10),
        "hit@5": metrics.hit(ranking, query.gains, 5),
    }


def _build_ranking(
    result: SearchResult, dataset: Dataset, names: dict[object, str]
) -> Sequence[str]:
    """Corpus ids in the order in which their first passage was found."""
    ids = {(passage.document, passage.page): passage.id for passage in dataset.passages}
    places = (
        (names.get(passage.document_id, ""), passage.page or 1) for passage in result.passages
    )
    return list(dict.fromkeys(ids[place] for place in places if place in ids))


def _score_spans(
    query: Query, result: SearchResult, documents: dict[str, Document]
) -> dict[str, float]:
    document = documents[query.document].pk
    spans = [(p.start, p.end) for p in result.passages if p.document_id == document]
    wanted, got = metrics.length(query.spans), metrics.count_covered(query.spans, spans)
    characters = sum(len(passage.text) for passage in result.passages)
    return {
        "span recall": got / wanted,
        "whole": float(got == wanted),
        "precision": got / characters if characters else 0.0,
        "characters": float(characters),
    }


def _score_refusals(queries: Sequence[Query], results: dict[str, SearchResult]) -> dict[str, float]:
    """The shares of "there is no answer" where there is none, and where there is one."""
    without = [results[query.id].answerable for query in queries if not query.answerable]
    if not without:
        return {}
    with_answer = [results[query.id].answerable for query in queries if query.answerable]
    return {
        "recognised": metrics.mean(float(answer is False) for answer in without),
        "falsely": metrics.mean(float(answer is False) for answer in with_answer),
    }
