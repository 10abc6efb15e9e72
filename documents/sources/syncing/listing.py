"""The telling of a listing, written into the rows of a source's items, batch by batch.

An item is fetched when its tag is not the one that was stored, and in a full check always. What it
is then is for its content to say (`documents.sources.syncing.storing`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from hashlib import sha256
from pathlib import PurePosixPath

from aiapp.text.invisible import remove_invisible
from documents.library import collections
from documents.models import Document, Source, SourceItem
from documents.parsing.formats import BY_SUFFIX
from documents.sources.base import Item
from documents.sources.connecting import MEGABYTE, find_max_bytes
from documents.sources.describing import describe
from documents.sources.filters import is_wanted, split_patterns
from documents.sources.syncing.withdrawing import withdraw

# What a listing says of an item, as it is kept.
_TOLD = ("path", "link", "etag", "size", "modified", "metadata", "seen", "state", "code", "reason")
MAX_TITLE_CHARS = 300
MAX_ETAG_CHARS = 300
State = SourceItem.State
# Left out for what the listing tells alone, which is looked at again each time.
_BY_LISTING = ("filtered", "too_large", "unsupported_kind")


@dataclass(slots=True)
class Noted:
    """The outcome of a batch of items."""

    seen: int = 0
    unchanged: int = 0
    moved: int = 0
    returned: int = 0
    skipped: int = 0
    removed: int = 0


@dataclass(slots=True)
class Batch:
    """The rows of a batch, sorted by what is to be written of them."""

    new: list[SourceItem] = field(default_factory=list)
    told: list[SourceItem] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    retitled: list[SourceItem] = field(default_factory=list)
    returned: list[SourceItem] = field(default_factory=list)
    withdrawn: list[SourceItem] = field(default_factory=list)


class Plan:
    """The choice of what a source takes."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.max_bytes = find_max_bytes(source)
        self._include = split_patterns(source.include)
        self._exclude = split_patterns(source.exclude)

    def find_objection(self, item: Item) -> tuple[str, str] | None:
        """Return the code and the reason for which an item is left out, by its listing alone."""
        if not is_wanted(item.path, self._include, self._exclude):
            return "filtered", "Left out by the patterns of the source."
        if item.size is not None and item.size > self.max_bytes:
            return "too_large", f"Larger than {self.max_bytes // MEGABYTE} MB."
        suffix = PurePosixPath(item.path).suffix.lower()
        if suffix and suffix not in BY_SUFFIX:
            return "unsupported_kind", f"Files of the kind {suffix[:20]} cannot be read."
        return None


def note(plan: Plan, items: Iterable[Item]) -> Noted:
    """Write what a listing tells of these items. To be called in the claim's transaction."""
    by_digest = {compute_digest(item.key): item for item in map(_clean, items)}
    rows = plan.source.items.filter(key_digest__in=by_digest)
    # Locked, so that what somebody deletes meanwhile is not taken for what is still here.
    rows = rows.select_related("document").select_for_update(of=("self",), no_key=True)
    known = {row.key_digest: row for row in rows}
    batch, noted = Batch(), Noted(seen=len(by_digest))
    for digest, item in by_digest.items():
        _sort(plan, batch, item, known.get(digest) or _build_row(plan, digest, item))
    _write(plan, batch)
    noted.unchanged, noted.moved = len(batch.seen), len(batch.retitled)
    noted.returned, noted.removed = len(batch.returned), len(batch.withdrawn)
    noted.skipped = sum(row.state == State.SKIPPED for row in [*batch.new, *batch.told])
    return noted


def _clean(item: Item) -> Item:
    """Return an item without what a database cannot store."""
    return replace(
        item,
        key=_clean_text(item.key),
        path=_clean_text(item.path),
        etag=_clean_text(item.etag),
        link=_clean_text(item.link),
        metadata={name: _clean_text(str(value)) for name, value in item.metadata.items()},
    )


def _clean_text(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def compute_digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def compose_title(path: str) -> str:
    """Return the title of a document: its path as it can be seen, of a very long one the end."""
    path = remove_invisible(path)
    return path if len(path) <= MAX_TITLE_CHARS else "…" + path[1 - MAX_TITLE_CHARS :]


def _build_row(plan: Plan, digest: str, item: Item) -> SourceItem:
    return SourceItem(source=plan.source, key=item.key, key_digest=digest, path=item.path)


def _sort(plan: Plan, batch: Batch, item: Item, row: SourceItem) -> None:
    """Decide what is to be done about an item."""
    is_new, is_moved = row.pk is None, row.path != item.path
    is_same = bool(item.etag) and row.etag == item.etag[:MAX_ETAG_CHARS]
    row.seen = plan.source.generation
    if item.is_gone:
        if not is_new and row.state not in {State.IGNORED, State.REMOVED}:
            batch.withdrawn.append(row)
        return
    if row.state == State.IGNORED:
        batch.seen.append(row.pk)
        return
    objection = plan.find_objection(item)
    before = row.state
    if objection and row.document_id and before != State.REMOVED:
        # Once taken, and now left out: as if it were gone.
        batch.withdrawn.append(row)
        return
    if objection and before == State.REMOVED:
        return
    _take_over(row, item)
    if is_new:
        row.state, row.code, row.reason = _decide_new(objection)
        batch.new.append(row)
        return
    _decide(plan, batch, row, objection, is_same=is_same)
    if is_moved and row.document_id and row.state == State.CURRENT:
        batch.retitled.append(row)


def _decide_new(objection: tuple[str, str] | None) -> tuple[str, str, str]:
    return (State.SKIPPED, *objection) if objection else (State.PENDING, "", "")


def _decide(
    plan: Plan, batch: Batch, row: SourceItem, objection: tuple[str, str] | None, *, is_same: bool
) -> None:
    """Decide what is to be done about an item that was seen before."""
    is_known = is_same and not plan.source.is_full
    if objection:
        row.state, row.code, row.reason = State.SKIPPED, *objection
    elif is_known and row.document_id and row.state == State.CURRENT:
        batch.seen.append(row.pk)
    elif is_known and row.document_id and row.state == State.REMOVED and row.sha256:
        row.state = State.CURRENT
        batch.returned.append(row)
    elif not (is_known and row.state == State.SKIPPED and row.code not in _BY_LISTING):
        # What its content forbade is not fetched again until it has changed.
        row.state, row.code, row.reason = State.PENDING, "", ""
    batch.told.append(row)


def _take_over(row: SourceItem, item: Item) -> None:
    row.path, row.link, row.etag = item.path, item.link, item.etag[:MAX_ETAG_CHARS]
    row.size, row.metadata = item.size, dict(item.metadata)
    modified = item.modified
    # Some servers name no time zone, and mean that of the world.
    is_naive = modified is not None and modified.tzinfo is None
    row.modified = modified.replace(tzinfo=UTC) if modified and is_naive else modified


def _write(plan: Plan, batch: Batch) -> None:
    SourceItem.objects.bulk_create(batch.new)
    seen = set(batch.seen)
    changed = [row for row in batch.told if row.pk not in seen]
    moved = [row for row in batch.retitled if row.pk in seen]
    # As an insertion that finds them there, which is an update in a fraction of the time.
    SourceItem.objects.bulk_create(
        [*changed, *moved], update_conflicts=True, unique_fields=["id"], update_fields=_TOLD
    )
    SourceItem.objects.filter(pk__in=batch.seen).update(seen=plan.source.generation)
    _retitle(batch.retitled)
    documents = [row.document_id for row in batch.returned if row.document_id]
    Document.objects.filter(pk__in=documents).update(withdrawn=None)
    withdraw(batch.withdrawn)


def _retitle(rows: Sequence[SourceItem]) -> None:
    for row in rows:
        if row.document is not None:
            if describe(row.document, row):
                row.document.save(update_fields=["metadata"])
            collections.set_title(row.document, compose_title(row.path))
