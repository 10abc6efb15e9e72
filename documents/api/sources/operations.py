"""Sources over the API: set up, watched, run, paused.

By whom and under which rules is as in the administration: staff with its permissions for sources,
in the collections that they see there. A key needs the scopes for sources besides.
"""

from typing import Annotated, Any
from uuid import UUID

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.db import transaction
from django.http import HttpRequest
from ninja import Query, Router, Status

from accounts.credentials.authentication import ApiAuth, caller
from aiapp.api.notes import Note
from aiapp.db import in_db
from aiapp.errors import InvalidInput, NotFound
from aiapp.sql.deletion import delete_rows
from documents import access
from documents.api import examples
from documents.api.parts import Limit, page
from documents.api.sources.bodies import (
    FilePage,
    FileState,
    KindOut,
    SourceIn,
    SourceOut,
    SourcePage,
    SourcePatch,
    State,
    SyncIn,
    SyncPage,
)
from documents.api.sources.filling import fill_in
from documents.api.sources.telling import (
    describe_file,
    describe_kind,
    describe_source,
    describe_sync,
)
from documents.models import Source
from documents.sources import controls, saving
from documents.sources.base import Kind
from documents.sources.progress import count_files, list_files
from documents.sources.registry import KINDS, get_kind

router = Router(auth=ApiAuth("sources:read", "sources:write"), tags=["sources"])

# Of rows that are numbered: a place in a list.
Cursor = Annotated[int, Query(ge=0, lt=2**63)]


@router.get("/sources/kinds", response=list[KindOut])
@Note(response=[examples.KIND])
async def list_kinds(request: HttpRequest) -> list[dict[str, Any]]:
    """The kinds of source, with the fields and options that each has."""
    return [describe_kind(kind) for kind in KINDS.values()]


@router.get("/sources", response=SourcePage)
@Note(response={"items": [examples.SOURCE], "next": None}, errors=(404,))
async def list_sources(
    request: HttpRequest,
    collection: UUID | None = None,
    state: State | None = None,
    cursor: UUID | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """The sources that the caller sees in the administration, the newest first."""

    def read() -> dict[str, Any]:
        found = access.sources_seen_by_staff(caller(request)).order_by("-pk")
        if collection:
            access.get_collection_of_sources(caller(request), collection)
            found = found.filter(collection=collection)
        if state:
            found = found.filter(state=state)
        rows, after = page(found.filter(pk__lt=cursor) if cursor else found, limit)
        return {"items": _describe_all(rows), "next": after and str(after.pk)}

    return await in_db(read)


@router.post("/sources", response={201: SourceOut})
@Note(request=examples.NEW_SOURCE, response=examples.SOURCE, errors=(404,))
async def create_source(request: HttpRequest, body: SourceIn) -> Status[dict[str, Any]]:
    """Set up a source, which is synced at once. Whoever may read the collection may read what it
    brings: permissions of the source are not taken over.

    Its documents are added in the caller's name. The credential is stored encrypted and never told
    again.
    """

    def create() -> dict[str, Any]:
        user = caller(request)
        collection = access.get_collection_for_source(user, body.collection)
        kind = _read_kind(body.kind)
        source = Source(collection=collection, kind=kind.name)
        fill_in(source, kind, body)
        with transaction.atomic():
            saving.add(source, user)
            _log(request, source, ADDITION, [{"added": {}}])
        source.refresh_from_db()
        return _describe(source)

    return Status(201, await in_db(create))


@router.get("/sources/{uuid:source_id}", response=SourceOut)
@Note(response=examples.SOURCE)
async def get_source(request: HttpRequest, source_id: UUID) -> dict[str, Any]:
    """A source, with the progress of the sync under way or else the figures of the last."""
    return await in_db(_read, request, source_id)


@router.patch("/sources/{uuid:source_id}", response=SourceOut)
@Note(request={"every_minutes": 60, "exclude": ["drafts/"]}, response=examples.SOURCE)
async def change_source(request: HttpRequest, source_id: UUID, body: SourcePatch) -> dict[str, Any]:
    """Change what is named; the source is synced soon by what is set then.

    Kind and collection stay: what came from it stays where it is.
    """

    def change() -> dict[str, Any]:
        _find(request, source_id, access.CHANGE_SOURCE)
        with transaction.atomic():
            # Locked, so that no address is saved with another change's credential.
            source = Source.objects.select_for_update().filter(pk=source_id).first()
            if source is None:
                raise NotFound
            changed = fill_in(source, _read_kind(source.kind), body)
            if changed:
                controls.take_over(source, caller(request))
                saving.change(source, changed)
                _log(request, source, CHANGE, [{"changed": {"fields": sorted(changed)}}])
        return _read(request, source_id)

    return await in_db(change)


@router.delete("/sources/{uuid:source_id}", response={204: None})
async def delete_source(request: HttpRequest, source_id: UUID) -> Status[None]:
    """Delete a source; a sync under way ends. Its documents stay in the collection."""

    def delete() -> None:
        source = _find(request, source_id, access.DELETE_SOURCE)
        with transaction.atomic():
            _log(request, source, DELETION, "")
            delete_rows(source)

    await in_db(delete)
    return Status(204, None)


@router.post("/sources/{uuid:source_id}/sync", response={202: SourceOut})
@Note(request={"full": True}, response=examples.SOURCE, errors=(409,))
async def sync_source(
    request: HttpRequest, source_id: UUID, body: SyncIn
) -> Status[dict[str, Any]]:
    """Have a source synced now, one that is paused too; 409 `being_synced` while it is."""

    def run() -> dict[str, Any]:
        source = _find(request, source_id, access.CHANGE_SOURCE)
        act = "empty" if body.empty else "check" if body.full else "run"
        controls.take_over(source, caller(request))
        controls.run_now(source, is_full=body.full, may_be_empty=body.empty)
        return _note_wish(request, source, act)

    return Status(202, await in_db(run))


@router.post("/sources/{uuid:source_id}/pause", response=SourceOut)
@Note(response=examples.SOURCE)
async def pause_source(request: HttpRequest, source_id: UUID) -> dict[str, Any]:
    """Stop a sync, and have none begin until it is resumed. What was done stays."""

    def pause() -> dict[str, Any]:
        source = _find(request, source_id, access.CHANGE_SOURCE)
        controls.pause(source)
        return _note_wish(request, source, "pause")

    return await in_db(pause)


@router.post("/sources/{uuid:source_id}/resume", response={202: SourceOut})
@Note(response=examples.SOURCE)
async def resume_source(request: HttpRequest, source_id: UUID) -> Status[dict[str, Any]]:
    """Go on where a source was paused, or stopped by a fault that is mended."""

    def resume() -> dict[str, Any]:
        source = _find(request, source_id, access.CHANGE_SOURCE)
        controls.take_over(source, caller(request))
        controls.resume(source)
        return _note_wish(request, source, "resume")

    return Status(202, await in_db(resume))


@router.get("/sources/{uuid:source_id}/syncs", response=SyncPage)
@Note(response={"items": [examples.SYNC], "next": None})
async def list_syncs(
    request: HttpRequest, source_id: UUID, cursor: Cursor | None = None, limit: Limit = 50
) -> dict[str, Any]:
    """The last syncs that ended, and tries that failed, the newest first. The one under way is told
    with the source.
    """

    def read() -> dict[str, Any]:
        found = _find(request, source_id).syncs.order_by("-pk")
        rows, after = page(found if cursor is None else found.filter(pk__lt=cursor), limit)
        return {"items": [describe_sync(row) for row in rows], "next": after and str(after.pk)}

    return await in_db(read)


@router.get("/sources/{uuid:source_id}/files", response=FilePage)
@Note(response={"items": [examples.SOURCE_FILE], "next": None})
async def list_source_files(
    request: HttpRequest,
    source_id: UUID,
    state: FileState | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """The files that a source has listed, in the order in which they were seen first, with the
    reasons of what failed or was left out. Those whose document the caller may not see are missing.
    """

    def read() -> dict[str, Any]:
        user = caller(request)
        found = list_files(_find(request, source_id), user).order_by("pk")
        if state:
            found = found.filter(state=state)
        rows, after = page(found if cursor is None else found.filter(pk__gt=cursor), limit)
        named = [row.document_id for row in rows if row.document_id]
        readable = access.readable_documents(user).filter(pk__in=named)
        opened = set(readable.order_by().values_list("pk", flat=True))
        items = [
            describe_file(row, row.document_id if row.document_id in opened else None)
            for row in rows
        ]
        return {"items": items, "next": after and str(after.pk)}

    return await in_db(read)


def _find(request: HttpRequest, source_id: UUID, permission: str = "") -> Source:
    return access.get_source(caller(request), source_id, permission)


def _read(request: HttpRequest, source_id: UUID) -> dict[str, Any]:
    return _describe(_find(request, source_id))


def _describe(source: Source) -> dict[str, Any]:
    (only,) = _describe_all([source])
    return only


def _describe_all(sources: list[Source]) -> list[dict[str, Any]]:
    counted = count_files([source.pk for source in sources])
    return [describe_source(source, counted[source.pk]) for source in sources]


def _read_kind(name: str) -> Kind:
    if name not in KINDS:
        fields = [{"field": "kind", "reason": "there is no such kind of source"}]
        raise InvalidInput("Some fields are not valid.", code="validation_error", fields=fields)
    return get_kind(name)


def _note_wish(request: HttpRequest, source: Source, act: str) -> dict[str, Any]:
    _log(request, source, CHANGE, f"Asked for: {act}.")
    return _read(request, source.pk)


def _log(request: HttpRequest, source: Source, flag: int, message: Any) -> None:
    """Note it as the administration does, which the audit log hears of."""
    LogEntry.objects.log_actions(caller(request).pk, [source], flag, message, single_object=True)
