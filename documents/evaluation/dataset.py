"""A folder with a corpus, queries and what is relevant to them, in the form that BEIR has.

corpus.jsonl    {"id", "title", "text"} a passage, page or document each; a page also has
                "doc", its document's name, and "page", its number
queries.jsonl   {"id", "text"}; with "spans" ([{"start", "end"}] in the document "corpus_id") a
                question is about characters; with "answerable": false it has no answer; with
                "doc" it is about that document; "answer" or "answers" is what it should be told
qrels.tsv       query-id, corpus-id, score, with a line of headings
pdfs/           the documents of pages as files, where there are such
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Passage:
    id: str
    title: str
    text: str
    document: str
    page: int


@dataclass(frozen=True, slots=True)
class Query:
    id: str
    text: str
    answerable: bool = True
    # The document that the question is about, if it is about one.
    document: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    # What is relevant, by corpus id, and how much.
    gains: dict[str, float] = field(default_factory=dict)
    # The right answers, in any of these words.
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dataset:
    name: str
    passages: list[Passage]
    queries: list[Query]
    files: list[Path]

    @property
    def by_characters(self) -> bool:
        return any(query.spans for query in self.queries)

    @property
    def documents(self) -> dict[str, list[Passage]]:
        found: dict[str, list[Passage]] = {}
        for passage in self.passages:
            found.setdefault(passage.document, []).append(passage)
        return found


def load(folder: Path) -> Dataset:
    """Raises OSError or ValueError for a folder that holds something else."""
    gains = _read_gains(folder / "qrels.tsv")
    queries = [_build_query(row, gains) for row in _read_rows(folder / "queries.jsonl")]
    return Dataset(
        name=folder.name,
        passages=[_build_passage(row) for row in _read_rows(folder / "corpus.jsonl")],
        queries=[query for query in queries if query.gains or not query.answerable],
        files=sorted((folder / "pdfs").glob("*.pdf")),
    )


def _read_rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def _read_gains(path: Path) -> dict[str, dict[str, float]]:
    gains: dict[str, dict[str, float]] = {}
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        query, passage, gain = line.split("\t")
        if float(gain) > 0:
            gains.setdefault(query, {})[passage] = float(gain)
    return gains


def _build_passage(row: dict[str, Any]) -> Passage:
    document = row.get("doc") or row["id"]
    return Passage(row["id"], row.get("title") or "", row["text"], document, row.get("page") or 1)


def _build_query(row: dict[str, Any], gains: dict[str, dict[str, float]]) -> Query:
    spans = tuple((span["start"], span["end"]) for span in row.get("spans") or ())
    return Query(
        id=row["id"],
        text=row["text"],
        answerable=row.get("answerable", True),
        document=row.get("doc") or row.get("corpus_id") or "",
        spans=spans,
        gains=gains.get(row["id"], {}),
        answers=_read_answers(row),
    )


def _read_answers(row: dict[str, Any]) -> tuple[str, ...]:
    told = row.get("answers") or row.get("answer") or row.get("reference_answer") or ()
    return (told,) if isinstance(told, str) else tuple(map(str, told))
