"""The writing of what was fetched into documents and versions, group by group.

Content decides: the same bytes as before are no new version, and the bytes of what has vanished
elsewhere in the source are that document, moved.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Max, Q

from documents import access
from documents.files import deletion
from documents.ingest import queue
from documents.library import collections
from documents.library.quota import QuotaExceeded, Room, measure_room
from documents.models import Document, Source, SourceItem, Version
from documents.sources.describing import describe
from documents.sources.errors import NobodyAnswers
from documents.sources.syncing.claim import Claim
from documents.sources.syncing.listing import compose_title

State = SourceItem.State


@dataclass(slots=True)
class Fetched:
    """An item's content as it was fetched: a version whose file is stored, or why there is none."""

    row: SourceItem
    version: Version | None = None
    text_digest: str = ""
    # The same as is there already.
    is_same: bool = False
    # Without a version: whether that lies in the content, which is not fetched again as it is.
    is_final: bool = False
    code: str = ""
    reason: str = ""


@dataclass(slots=True)
class Stored:
    """The outcome of a group."""

    added: int = 0
    changed: int = 0
    moved: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    # The owner of the collection has no room for more.
    is_full: bool = False


def store_group(source: Source, claim: Claim, group: Sequence[Fetched]) -> Stored:
    """Write a group of what was fetched, all or nothing. Raises ClaimLost or NobodyAnswers."""
    stored, kept = Stored(), set[str]()
    try:
        with claim.write():
            check_owner(source)
            room = measure_room(source.collection.owner)
            versions = _Group(source, room, stored).write(group)
        kept = {str(version.file.name) for version in versions}
    finally:
        drop_files(group, kept)
    return stored


def check_owner(source: Source) -> None:
    """Raises NobodyAnswers: a source goes on no longer than the rights of whose it is."""
    if not access.may_fill(source):
        raise NobodyAnswers


def drop_files(group: Sequence[Fetched], kept: Collection[str] = ()) -> None:
    """Delete the files that no version took over: of what moved, beyond the quota, or all."""
    names = [str(each.version.file.name) for each in group if each.version]
    for name in names:
        if name not in kept:
            deletion.delete_unnamed_file(name)


class _Group:
    """The rows that a group writes, in a few statements however many files it has."""

    def __init__(self, source: Source, room: Room, stored: Stored) -> None:
        self._source, self._room, self._stored = source, room, stored
        self._documents: list[Document] = []
        self._versions: list[Version] = []
        self._back: list[UUID] = []

    def write(self, group: Sequence[Fetched]) -> list[Version]:
        """Write the group, and return the versions that took over a file."""
        group = self._leave_deleted(group)
        moved = self._find_moved(group)
        ids = [each.row.document_id for each in group]
        documents = Document.objects.in_bulk([pk for pk in ids if pk])
        newest = Version.objects.filter(document__in=documents).order_by()
        numbers = dict(newest.values_list("document").annotate(Max("number")))
        for each in group:
            document = documents.get(each.row.document_id) if each.row.document_id else None
            if each.version is None:
                self._note_without(each, document)
            elif document is None and (former := moved.pop(each.version.sha256, None)):
                self._move(each, former)
            else:
                self._keep(each, each.version, document, numbers)
        self._write_rows([each.row for each in group])
        return self._versions

    def _leave_deleted(self, group: Sequence[Fetched]) -> list[Fetched]:
        """Return those whose document nobody deleted while they were fetched, and lock these."""
        ids = [each.row.pk for each in group]
        rows = SourceItem.objects.select_for_update().filter(pk__in=ids, state=State.PENDING)
        pending = dict(rows.values_list("pk", "document_id"))
        documents = Document.objects.select_for_update(no_key=True).filter(
            pk__in=[pk for pk in pending.values() if pk]
        )
        present = {None, *documents.values_list("pk", flat=True)}
        return [each for each in group if pending.get(each.row.pk, "") in present]

    def _find_moved(self, group: Sequence[Fetched]) -> dict[str, SourceItem]:
        """Items that are gone, by their content; one of each, the oldest."""
        new = [each.version.sha256 for each in group if each.version and not each.row.document_id]
        gone = Q(state=State.REMOVED)
        if not self._source.is_partial:
            gone |= Q(seen__lt=self._source.generation) & ~Q(state=State.IGNORED)
        found = self._source.items.filter(gone, sha256__in=new, document__isnull=False)
        rows = found.select_related("document").order_by("-pk")
        return {row.sha256: row for row in rows}

    def _note_without(self, each: Fetched, document: Document | None) -> None:
        """Note an item whose content is as it was, or that cannot be had."""
        row = each.row
        if each.is_same:
            row.state, row.code, row.reason = State.CURRENT, "", ""
            if document is not None:
                self._bring_back(row, document)
            self._stored.unchanged += 1
            return
        row.state = State.SKIPPED if each.is_final else State.FAILED
        row.code, row.reason = each.code, each.reason[:500]
        if each.is_final:
            self._stored.skipped += 1
        else:
            self._stored.failed += 1

    def _move(self, each: Fetched, former: SourceItem) -> None:
        document = former.document
        if document is None:
            return
        each.row.text_digest = each.text_digest
        SourceItem.objects.filter(pk=former.pk).delete()
        each.row.document = document
        self._bring_back(each.row, document)
        self._mark(each.row, former.sha256)
        self._stored.moved += 1

    def _keep(
        self,
        each: Fetched,
        version: Version,
        document: Document | None,
        numbers: dict[UUID, int],
    ) -> None:
        row = each.row
        try:
            self._room.take(version.size)
        except QuotaExceeded as error:
            # Fetched again once there is room.
            row.state, row.code, row.reason = State.PENDING, error.code, error.message
            self._stored.is_full = True
            return
        if document is None:
            document = Document(
                collection=self._source.collection,
                added_by=self._source.owner,
                title=compose_title(row.path),
            )
            describe(document, row)
            self._documents.append(document)
            row.document = document
            self._stored.added += 1
        else:
            self._bring_back(row, document)
            self._stored.changed += 1
        version.document = document
        version.number = numbers.get(document.pk, 0) + 1
        self._versions.append(version)
        row.text_digest = each.text_digest
        self._mark(row, version.sha256)

    def _bring_back(self, row: SourceItem, document: Document) -> None:
        if document.withdrawn:
            self._back.append(document.pk)
        if describe(document, row):
            document.save(update_fields=["metadata"])
        if document.title != (title := compose_title(row.path)):
            collections.set_title(document, title)

    def _mark(self, row: SourceItem, sha256: str) -> None:
        row.sha256, row.state, row.code, row.reason = sha256, State.CURRENT, "", ""

    def _write_rows(self, rows: Iterable[SourceItem]) -> None:
        Document.objects.bulk_create(self._documents)
        Version.objects.bulk_create(self._versions)
        Document.objects.filter(pk__in=self._back).update(withdrawn=None)
        fields = ["document", "sha256", "text_digest", "state", "code", "reason"]
        # As an insertion that finds them there, which is an update in a fraction of the time.
        SourceItem.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["id"], update_fields=fields
        )
        for version in self._versions[:1]:
            # One message calls for a worker, and each that has read one goes on with the next.
            queue.enqueue_on_commit(version.pk)
