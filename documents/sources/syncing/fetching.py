"""Fetching of what a listing found new or changed, one thing after the other."""

import logging
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from tempfile import NamedTemporaryFile, SpooledTemporaryFile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from aiapp.errors import InvalidInput, TooLarge, UnsupportedType
from aiapp.files import store
from documents.errors import IngestError
from documents.files import filenames
from documents.library import uploads
from documents.models import Source, SourceItem
from documents.parsing.process import PageText, parse
from documents.sources.base import Connection, Item, Kind
from documents.sources.connecting import MEGABYTE
from documents.sources.errors import (
    ItemError,
    ItemTooLarge,
    RateLimited,
    SourceError,
    SourceUnavailable,
)
from documents.sources.syncing.claim import Claim
from documents.sources.syncing.listing import Plan
from documents.sources.syncing.storing import Fetched, Stored, drop_files, store_group

logger = logging.getLogger(__name__)

# A group is written when it has so many files, or has taken so long or so much.
GROUP, GROUP_SECONDS, GROUP_BYTES = 100, 5.0, 50 * MEGABYTE
# So many things in a row that cannot be had mean that the source is away.
MAX_SILENCES = 3
# A smaller file is never written to the disk twice.
IN_MEMORY = MEGABYTE


class Fetcher:
    """Fetches the pending items of a source, and has them stored in groups."""

    def __init__(self, source: Source, kind: Kind, claim: Claim, connection: Connection) -> None:
        self._source, self._kind, self._claim = source, kind, claim
        self._connection = connection
        self._max_bytes = Plan(source).max_bytes

        self._silences = 0

    def run(self, is_over: Callable[[], bool]) -> Iterator[Stored]:
        """Fetch until nothing is pending or it is over; yield what became of each group."""
        group: list[Fetched] = []
        since, size = time.monotonic(), 0
        for row in self._read_pending():
            try:
                group.append(self._fetch(row))
            except SourceError:
                # What was fetched before is kept.
                if group:
                    yield store_group(self._source, self._claim, group)
                raise
            except BaseException:
                drop_files(group)
                raise
            size += group[-1].version.size if group[-1].version else 0
            is_late = time.monotonic() - since > GROUP_SECONDS
            if len(group) >= GROUP or size >= GROUP_BYTES or is_late or is_over():
                yield store_group(self._source, self._claim, group)
                group, since, size = [], time.monotonic(), 0
                if is_over():
                    return
        if group:
            yield store_group(self._source, self._claim, group)

    def _read_pending(self) -> Iterator[SourceItem]:
        last = 0
        pending = self._source.items.filter(state=SourceItem.State.PENDING)
        # What a listing that is whole did not name is gone, and there is nothing to fetch.
        if not self._source.is_partial:
            pending = pending.filter(seen=self._source.generation)
        while rows := list(pending.filter(pk__gt=last).order_by("pk")[:GROUP]):
            yield from rows
            last = rows[-1].pk

    def _fetch(self, row: SourceItem) -> Fetched:
        self._claim.note_life()
        with SpooledTemporaryFile(IN_MEMORY, dir=str(settings.FILE_UPLOAD_TEMP_DIR)) as file:
            try:
                self._connection.fetch(_as_item(row), _Bounded(file, self._max_bytes))
                self._silences = 0
                return self._take_in(row, file)
            except RateLimited:
                raise
            except SourceUnavailable as error:
                # One thing that cannot be had holds up no others; if nothing can be, that is told.
                self._silences += 1
                if self._silences >= MAX_SILENCES:
                    raise
                return Fetched(row, code=error.reason, reason=error.message)
            except ItemError as error:
                is_final = isinstance(error, ItemTooLarge)
                return Fetched(row, is_final=is_final, code=error.reason, reason=error.message)
            except (InvalidInput, TooLarge, UnsupportedType) as error:
                return Fetched(row, is_final=True, code=error.reason, reason=error.message)

    def _take_in(self, row: SourceItem, file: Any) -> Fetched:
        """Compare a file with what is there, and store it if it is another."""
        size = file.seek(0, 2)
        name = filenames.clean(row.path)
        upload = UploadedFile(file, name=name, size=size)
        version = uploads.build_version(upload, name)
        is_kept = bool(row.document_id and row.sha256)
        if is_kept and version.sha256 == row.sha256:
            return Fetched(row, is_same=True)
        digest = ""
        if self._kind.compares_text:
            digest = _digest_text(upload, version.media_type)
            if is_kept and digest and digest == row.text_digest:
                return Fetched(row, is_same=True)
        version.file.name = store.save("documents", upload)
        return Fetched(row, version, digest)


def _digest_text(upload: "UploadedFile[Any]", media_type: str) -> str:
    """Return a digest of a page's text; empty if it cannot be read."""
    digest = sha256()
    with NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as file:
        for block in upload.chunks():
            file.write(block)
        file.flush()
        try:
            for part in parse(file.name, media_type, restarts=1):
                if isinstance(part, PageText):
                    digest.update(" ".join(part.text.split()).encode())
        except IngestError:
            return ""
    return digest.hexdigest()


class _Bounded:
    """A file that refuses to grow beyond what a source may bring."""

    def __init__(self, file: Any, max_bytes: int) -> None:
        self._file, self._left = file, max_bytes

    def write(self, block: bytes) -> int:
        self._left -= len(block)
        if self._left < 0:
            raise ItemTooLarge
        return int(self._file.write(block))


def _as_item(row: SourceItem) -> Item:
    return Item(
        key=row.key,
        path=row.path,
        etag=row.etag,
        size=row.size,
        modified=row.modified,
        link=row.link,
        metadata=row.metadata,
    )
