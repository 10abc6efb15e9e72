"""Collections over the API: their names, settings and whom they are shared with."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from ninja import Router, Status

from accounts.credentials.authentication import ApiAuth, caller
from accounts.models import User
from aiapp.api.notes import Note
from aiapp.db import in_db
from aiapp.errors import NotFound
from documents import access
from documents.api import examples
from documents.api.parts import Limit, grants, page, require_sharing
from documents.api.schemas import CollectionIn, CollectionOut, CollectionPage, CollectionPatch
from documents.library import collections, sharing
from documents.models import Collection
from documents.models.tuning import Tuning

router = Router(auth=ApiAuth("documents:read", "documents:write"), tags=["documents"])


@router.get("/collections", response=CollectionPage)
async def list_collections(
    request: HttpRequest, cursor: UUID | None = None, limit: Limit = 50
) -> dict[str, Any]:
    """The collections that the caller may read, the newest first."""

    def read() -> dict[str, Any]:
        user = caller(request)
        found = _select_readable(user).order_by("-pk")
        items, after = page(found.filter(pk__lt=cursor) if cursor else found, limit)
        rows = [_collection(user, item) for item in items]
        return {"items": rows, "next": after and str(after.pk)}

    return await in_db(read)


@router.post("/collections", response={201: CollectionOut})
@Note(
    request={"name": "Personnel", "shares": [{"group": "staff", "role": "reader"}]},
    response=examples.COLLECTION,
    errors=(404, 409),
)
async def create_collection(request: HttpRequest, body: CollectionIn) -> Status[dict[str, Any]]:
    """Make a collection, shared from the start if the body says with whom."""

    def create() -> dict[str, Any]:
        user = caller(request)
        if body.changes_readers:
            require_sharing(request)
        shares = None if body.shares is None else grants(request, body.shares)
        with transaction.atomic():
            made = collections.create(user, body.name)
            _change(user, made, body, shares)
        return _read(user, made.pk)

    return Status(201, await in_db(create))


@router.get("/collections/{uuid:collection_id}", response=CollectionOut)
@Note(response=examples.COLLECTION)
async def get_collection(request: HttpRequest, collection_id: UUID) -> dict[str, Any]:
    """A collection, with the number of its documents that the caller may read."""
    return await in_db(_read, caller(request), collection_id)


@router.patch("/collections/{uuid:collection_id}", response=CollectionOut)
@Note(request={"name": "Personnel 2027"}, response=examples.COLLECTION, errors=(409,))
async def change_collection(
    request: HttpRequest, collection_id: UUID, body: CollectionPatch
) -> dict[str, Any]:
    """Change what is named, which the owner may; `shares` replaces all shares there were.

    Every reader may set `searched`, for themselves.
    """

    def change() -> dict[str, Any]:
        user = caller(request)
        named = body.model_dump(exclude_none=True)
        get = access.get_collection if set(named) <= {"searched"} else access.get_own_collection
        found = get(user, collection_id)
        if body.changes_readers:
            require_sharing(request)
        shares = None if body.shares is None else grants(request, body.shares)
        with transaction.atomic():
            if body.searched is not None:
                sharing.choose_searched(user, found, body.searched)
            if body.name is not None:
                collections.rename(user, found, body.name)
            _change(user, found, body, shares)
        return _read(user, collection_id)

    return await in_db(change)


@router.delete("/collections/{uuid:collection_id}", response={204: None})
@Note(errors=(409,))
async def delete_collection(request: HttpRequest, collection_id: UUID) -> Status[None]:
    """Delete a collection with all its documents."""

    def delete() -> None:
        user = caller(request)
        collections.delete(user, access.get_own_collection(user, collection_id))

    await in_db(delete)
    return Status(204, None)


def _change(
    user: User,
    collection: Collection,
    body: CollectionIn | CollectionPatch,
    shares: Sequence[sharing.Grant] | None,
) -> None:
    if body.everyone is not None:
        sharing.set_everyone(user, collection, body.everyone)
    if shares is not None:
        sharing.share_collection(user, collection, shares)
    if body.tuning is not None:
        tuning = Tuning.read(body.tuning).as_dict()
        Collection.objects.filter(pk=collection.pk).update(tuning=tuning)


def _select_readable(user: User) -> QuerySet[Collection]:
    """With the number of those of its documents that the user may read."""
    readable = access.readable_documents(user).order_by().values("pk")
    counted = Count("documents", filter=Q(documents__in=readable))
    searched = access.searched_collections(user).filter(pk=OuterRef("pk"))
    found = access.readable_collections(user).annotate(
        document_count=counted, is_searched=Exists(searched.order_by())
    )
    return found.select_related("owner").prefetch_related("shares__user", "shares__group")


def _read(user: User, collection_id: UUID) -> dict[str, Any]:
    found = _select_readable(user).filter(pk=collection_id).first()
    if found is None:
        raise NotFound
    return _collection(user, found)


def _collection(user: User, collection: Collection) -> dict[str, Any]:
    is_own = collection.owner_id == user.pk
    return {
        "id": collection.pk,
        "name": collection.name,
        "created": collection.created,
        "documents": getattr(collection, "document_count", 0),
        "owner": collection.owner.username,
        "role": "owner" if is_own else _role(user, collection),
        "everyone": collection.everyone,
        "searched": getattr(collection, "is_searched", False),
        # Who else reads it is nobody's business but the owner's.
        "shares": sharing.describe_shares(collection.shares.all()) if is_own else None,
        "tuning": collection.tuning,
    }


def _role(user: User, collection: Collection) -> str:
    editable = access.writable_collections(user).filter(pk=collection.pk)
    return "editor" if editable.exists() else "reader"
