"""Measure search, or answers, on folders of questions with known answers."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chat.evaluation import answers
from documents.evaluation import library
from documents.evaluation.dataset import Dataset, load
from documents.evaluation.measuring import Figures, Way, measure
from documents.library import collections
from documents.models import Collection
from documents.models.tuning import Tuning

# One passage for each abstract or page of a corpus that is cut already.
WHOLE = 4_000


class Command(BaseCommand):
    help = (
        "Put each FOLDER (corpus.jsonl, queries.jsonl, qrels.tsv, perhaps pdfs/) into a collection"
        " of its own and print how well its questions are answered by search."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
        parser.add_argument("--modes", nargs="+", default=["dense", "lexical", "hybrid"])
        parser.add_argument("--chunk", type=int, default=0, help="characters of a chunk")
        parser.add_argument("--overlap", type=int, default=None)
        parser.add_argument("--weights", nargs="*", type=float, default=[], help="dense weights")
        parser.add_argument(
            "--answers",
            nargs="?",
            const=settings.QUOTES_MODEL,
            default="",
            metavar="MODEL",
            help="measure a model's answers instead; without a name, quotes",
        )
        parser.add_argument("--limit", type=int, default=0, help="only so many questions of each")
        parser.add_argument("--delete", action="store_true", help="delete the collections after")

    def handle(self, *args: Any, **options: Any) -> None:
        for folder in options["folders"]:
            try:
                dataset = load(folder)
            except (OSError, ValueError, KeyError) as error:
                raise CommandError(f"{folder} holds no data set: {error!r}") from error
            collection = self._collection(dataset, options)
            for number, _ in enumerate(library.fill(dataset, collection), 1):
                if number % 100 == 0:
                    self.stderr.write(f"{dataset.name}: {number} documents")
            if model := options["answers"]:
                self._print_answers(dataset, collection, model, options["limit"])
            else:
                self._print(dataset, self._figures(dataset, collection, options))
            if options["delete"]:
                collections.delete(collection.owner, collection)

    def _collection(self, dataset: Dataset, options: dict[str, Any]) -> Collection:
        chunk: dict[str, Any] = {}
        if options["chunk"]:
            chunk = {"chunk_chars": options["chunk"]}
        elif not dataset.by_characters and _is_cut(dataset):
            chunk = {"chunk_chars": WHOLE}
        if options["overlap"] is not None:
            chunk["chunk_overlap"] = options["overlap"]
        tuning = Tuning.read(chunk).as_dict()
        name = f"evaluation of {dataset.name} {tuning or ''}".strip()
        made, _ = Collection.objects.get_or_create(
            owner=library.evaluator(), name=name, defaults={"tuning": tuning}
        )
        return made

    def _figures(
        self, dataset: Dataset, collection: Collection, options: dict[str, Any]
    ) -> list[Figures]:
        documents = library.names(collection)
        ways = [Way(mode, mode) for mode in options["modes"]]
        ways += [Way(f"hybrid {w:g}", tuning=Tuning(dense_weight=w)) for w in options["weights"]]
        if any(query.document in documents for query in dataset.queries) and dataset.files:
            modes = options["modes"]
            ways += [Way(f"{mode} in document", mode, in_document=True) for mode in modes]
        return [measure(collection.owner, dataset, documents, way) for way in ways]

    def _print_answers(
        self, dataset: Dataset, collection: Collection, model: str, limit: int
    ) -> None:
        documents = library.names(collection)
        figures = answers.measure(collection.owner, dataset, documents, model, limit)
        self.stdout.write(f"\n{dataset.name}: {figures.questions} questions, answers by {model}")
        if figures.failed:
            self.stdout.write(f"{figures.failed} failed")
        names, values = figures.values.keys(), figures.values.values()
        self.stdout.write("  ".join(f"{name:>12}" for name in names))
        self.stdout.write("  ".join(f"{value:12.3f}" for value in values))

    def _print(self, dataset: Dataset, figures: list[Figures]) -> None:
        names = list(figures[0].values)
        self.stdout.write(f"\n{dataset.name}: {figures[0].questions} questions")
        self.stdout.write("  ".join([f"{'':22}", *(f"{name:>11}" for name in names)]))
        for row in figures:
            values = (f"{row.values[name]:11.3f}" for name in names)
            self.stdout.write("  ".join([f"{row.way.name:22}", *values]))


def _is_cut(dataset: Dataset) -> bool:
    """Tell whether each document of the corpus is a passage rather than a long text."""
    return all(len(passages) == 1 for passages in dataset.documents.values())
