"""The first stage of ingest: a file's pages, saved as they come, with the notes on them."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

from django.conf import settings
from django.db.models import Sum
from django.db.models.functions import Length

from documents.errors import NoText, TooMuchText
from documents.ingest import notes
from documents.ingest.claim import Claim
from documents.ingest.early_vectors import EarlyVectors
from documents.ingest.slices import make_room
from documents.models import Page, Version
from documents.parsing.notes import Note
from documents.parsing.process import Count, Item, parse
from documents.parsing.storage import local_path

# Pages are saved when so many have come or so much time has passed.
PAGES_AT_ONCE = 200
SECONDS_BETWEEN_SAVES = 0.5


def read_pages(claimed: Claim, version: Version, early: EarlyVectors) -> None:
    """Save the pages that are not saved yet, and what there is to say about them.

    Of a document that is read from its first page on they are heard by `early` as well.
    """
    saved = Page.objects.filter(version=version)
    first = saved.count() + 1
    start = saved.aggregate(chars=Sum(Length("text")))["chars"] or 0
    with claimed.write(stage=Version.Stage.PARSING, done=first - 1):
        pass
    since = time.monotonic()
    with local_path(version.file) as path:
        # What it waited for is there. A file that ends each process that reads it is not waited
        # for, and must not be tried for ever.
        with claimed.write(failure_code="", failure_message=""):
            pass
        told: list[Note] = []
        items = parse(path, version.media_type, first)
        heard = early.listen(items) if first == 1 else items
        for pages in _read_batches(claimed, version, heard, told):
            for page in pages:
                page.start = start
                start += len(page.text)
            if start > settings.PARSE_MAX_CHARS:
                raise TooMuchText
            # Those that come before pages which are not saved yet are told again with them.
            version.notes = notes.merge(version.notes or [], _take(told, pages[-1].number))
            with claimed.write(done=pages[-1].number, notes=version.notes):
                Page.objects.bulk_create(pages)
            make_room(since)
    if not saved.filter(text__regex=r"\S").exists():
        raise NoText
    count = saved.count()
    if (empty := count - saved.filter(text__regex=r"\S").count()) and version.paged:
        told.append(Note("pages_without_text", {"count": empty, "total": count}))
    version.notes = notes.merge(version.notes or [], [replace(each, page=0) for each in told])
    with claimed.write(
        stage=Version.Stage.CHUNKING, pages=count, done=0, total=0, notes=version.notes
    ):
        pass


def _take(told: list[Note], last: int) -> list[Note]:
    """Take away the notes on pages up to one, and return them."""
    taken = [each for each in told if each.page <= last]
    told[:] = [each for each in told if each.page > last]
    return taken


def _read_batches(
    claimed: Claim, version: Version, items: Iterable[Item], told: list[Note]
) -> Iterator[list[Page]]:
    """Yield the pages, batch by batch; what is said about them is added to what was told."""
    pages: list[Page] = []
    since = time.monotonic()
    for item in items:
        if isinstance(item, Count):
            with claimed.write(total=item.pages):
                continue
        if isinstance(item, Note):
            told.append(item)
            continue
        pages.append(Page(version=version, number=item.number, text=item.text))
        if len(pages) >= PAGES_AT_ONCE or time.monotonic() - since > SECONDS_BETWEEN_SAVES:
            yield pages
            pages, since = [], time.monotonic()
    if pages:
        yield pages
