"""Find the tables of versions that search sees, and note what they hold.

Apart from reading a document, which it would make slower, and for documents of earlier releases
alike: whatever this release has not looked at is looked at in the background, and at once when a
model asks for tables.
"""

import json
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from tempfile import NamedTemporaryFile
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.fields.files import FieldFile

from aiapp.files.errors import FilesUnavailable
from documents.errors import IngestError
from documents.models import Page, Table, Version
from documents.parsing import process
from documents.parsing.storage import local_path
from documents.parsing.tabular.names import make_name, name_columns

logger = logging.getLogger(__name__)

LISTING = "documents.parsing.tabular.reading:list_tables"
# Tables that were found in another way are other tables, so their numbers hold for one recipe.
RECIPE = 1
AT_ONCE, SECONDS_AT_ONCE = 50, 20
_KINDS = {
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/pdf": "pdf",
}
# What is all tables.
OF_TABLES = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_TITLE_CHARS = 300


@dataclass(frozen=True, slots=True)
class Source:
    """The file that tables are read from, or the pages that hold some: number, start and text."""

    kind: str
    file: FieldFile | None = None
    pages: Sequence[tuple[int, int, str]] = ()


def find_waiting() -> QuerySet[Version]:
    """Return the versions that search sees and this recipe has not looked at, newest first."""
    waiting = Version.objects.filter(tables_recipe__lt=RECIPE, state=Version.State.READY)
    return waiting.filter(document__current=F("pk")).order_by("-pk")


def find_some() -> bool:
    """Look at versions for a while; return whether any are left."""
    until = time.monotonic() + SECONDS_AT_ONCE
    for version in find_waiting()[:AT_ONCE]:
        if time.monotonic() > until:
            break
        if not find_tables(version):
            # The files are away; the next sweep tries again.
            return False
    return find_waiting().exists()


def find_tables(version: Version) -> bool:
    """Note the tables of a version; return whether its file could be reached."""
    found = read_tables(find_source(version))
    if found is None:
        return False
    store_tables(version, found)
    return True


def find_source(version: Version) -> Source:
    """Return what a version's tables are read from: its file, or of most formats its text."""
    if kind := _KINDS.get(version.media_type):
        return Source(kind, version.file)
    pages = Page.objects.filter(version=version, text__contains="|").order_by("number")
    rows = pages.filter(text__contains="---").values_list("number", "start", "text")
    return Source("text", pages=list(rows))


def read_tables(source: Source) -> list[dict[str, Any]] | None:
    """Return what there is to tell of the tables; None while the files are away.

    What cannot be read to its end has the tables found until then. Uses no database, and takes its
    time.
    """
    found: list[dict[str, Any]] = []
    try:
        with lend_source(source) as task, NamedTemporaryFile("w", suffix=".json") as file:
            if task is None:
                return found
            json.dump(task, file)
            file.flush()
            for page in process.pages_by(LISTING, file.name):
                found += json.loads(page)
    except FilesUnavailable:
        return None
    except IngestError as error:
        logger.info("tables_cut_short", extra={"code": error.reason})
    return found


@contextmanager
def lend_source(source: Source) -> Iterator[dict[str, str] | None]:
    """Lend a source as `{file, kind}`, which a parser's process can read; None if it is empty."""
    with ExitStack() as stack:
        if source.file is not None:
            path = stack.enter_context(local_path(source.file))
            yield {"file": path, "kind": source.kind}
            return
        if not source.pages:
            yield None
            return
        file = stack.enter_context(NamedTemporaryFile("w", suffix=".json"))
        json.dump(source.pages, file)
        file.flush()
        yield {"file": file.name, "kind": source.kind}


def store_tables(version: Version, found: Sequence[dict[str, Any]]) -> None:
    names = name_tables(version, found)
    tables = [
        _build_table(version, number, name, each)
        for number, (name, each) in enumerate(zip(names, found, strict=True))
    ]
    with transaction.atomic():
        locked = Version.objects.select_for_update().filter(pk=version.pk, tables_recipe__lt=RECIPE)
        if locked.first():
            Table.objects.filter(version=version).delete()
            Table.objects.bulk_create(tables)
            locked.update(tables_recipe=RECIPE)


def forget_tables(version: Version) -> None:
    """Have a version looked at once more."""
    Version.objects.filter(pk=version.pk).update(tables_recipe=0)


def name_tables(version: Version, found: Sequence[dict[str, Any]]) -> list[str]:
    """Return a name for each table: the file's, and of several the sheet's or heading's, too."""
    stem = make_name(PurePath(version.filename).stem, "table")
    if len(found) <= 1:
        return [stem for _ in found]
    return name_columns(f"{stem} {each['title']}" for each in found)


def _build_table(version: Version, number: int, name: str, found: dict[str, Any]) -> Table:
    return Table(
        version=version,
        number=number,
        name=name,
        title=found["title"][:_TITLE_CHARS],
        page=found["page"],
        start=found["start"],
        end=found["end"],
        columns=found["columns"],
        rows=found["rows"],
        first_row=found["first_row"],
        last_row=found["last_row"],
        lead=found["lead"],
        sample=found["sample"],
        notes=found["notes"],
    )
