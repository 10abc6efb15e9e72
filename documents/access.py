"""The rights to read and to change: the only door to collections and documents.

A collection may be read by its owner, by everyone who is signed in if it says so, and by the
users and groups that it is shared with; as an editor one may also change its documents. A
restricted document is narrower: of those, only the collection's owner, who added it, and whom
it is shared with. All of it is part of each query, so what one may not read and what does not
exist are the same.

A search that names no collection looks into one's own, those shared with oneself, and those that
were published for everybody's search. What a stranger has merely opened to everyone is searched by
those who choose it: otherwise anybody could put words into everybody's answers.
"""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from aiapp.concurrency.locks import lock_until_commit
from aiapp.errors import NotAllowed, NotFound
from documents.models import (
    Collection,
    CollectionShare,
    Document,
    DocumentShare,
    SearchChoice,
    Source,
    Transcription,
)

DEFAULT_COLLECTION = "My documents"
# Permissions of the admin, which open more to staff than they may open as themselves.
VIEW_DOCUMENT = "documents.view_document"
CHANGE_DOCUMENT = "documents.change_document"
VIEW_COLLECTION = "documents.view_collection"
CHANGE_COLLECTION = "documents.change_collection"
VIEW_SOURCE = "documents.view_source"
ADD_SOURCE = "documents.add_source"
CHANGE_SOURCE = "documents.change_source"
DELETE_SOURCE = "documents.delete_source"


def readable_collections(user: User) -> QuerySet[Collection]:
    return (
        Collection.objects.filter(_open_to(user)) if user.is_active else Collection.objects.none()
    )


def writable_collections(user: User) -> QuerySet[Collection]:
    """Those whose documents the user may add, change and delete."""
    if not user.is_active:
        return Collection.objects.none()
    return Collection.objects.filter(_editable_by(user))


def readable_documents(user: User) -> QuerySet[Document]:
    readable = readable_collections(user).order_by().values("pk")
    return Document.objects.filter(_not_hidden_from(user), collection__in=readable)


def searched_collections(user: User) -> QuerySet[Collection]:
    """Those that a search of the user's looks into when it names none."""
    chosen = SearchChoice.objects.filter(user=user)
    by_default = Q(owner=user) | Q(pk__in=_shared_with(user)) | Q(in_every_search=True)
    added = Q(pk__in=chosen.filter(searched=True).values("collection"))
    left_out = Q(pk__in=chosen.filter(searched=False).values("collection"))
    return readable_collections(user).filter(by_default | added).exclude(left_out)


def searched_documents(user: User) -> QuerySet[Document]:
    searched = searched_collections(user).order_by().values("pk")
    return Document.objects.filter(_not_hidden_from(user), collection__in=searched)


def writable_documents(user: User) -> QuerySet[Document]:
    writable = writable_collections(user).order_by().values("pk")
    return Document.objects.filter(_not_hidden_from(user), collection__in=writable)


def documents_seen_by_staff(user: User) -> QuerySet[Document]:
    """Every document to who may view or change them in the admin, else what one may read."""
    if user.has_perm(VIEW_DOCUMENT) or user.has_perm(CHANGE_DOCUMENT):
        return Document.objects.all()
    return readable_documents(user)


def documents_changed_by_staff(user: User) -> QuerySet[Document]:
    """Every document to who may change them in the admin, else what one may change oneself."""
    return Document.objects.all() if user.has_perm(CHANGE_DOCUMENT) else writable_documents(user)


def collections_seen_by_staff(user: User) -> QuerySet[Collection]:
    """Every collection to who may view or change them in the admin, else what one may change."""
    if may_see_collections(user):
        return Collection.objects.all()
    return writable_collections(user)


def may_see_collections(user: User) -> bool:
    return user.has_perm(VIEW_COLLECTION) or user.has_perm(CHANGE_COLLECTION)


def sources_of_staff(user: User) -> QuerySet[Source]:
    """Those of the collections that staff see, whatever their permissions for sources are."""
    seen = collections_seen_by_staff(user).order_by().values("pk")
    return Source.objects.filter(collection__in=seen)


def sources_seen_by_staff(user: User) -> QuerySet[Source]:
    """Of those the ones that the user may view or change in the administration: all or none."""
    if is_staff_with(user, VIEW_SOURCE) or is_staff_with(user, CHANGE_SOURCE):
        return sources_of_staff(user)
    return Source.objects.none()


def is_staff_with(user: User, permission: str) -> bool:
    """Tell whether somebody may do in the administration what a permission is for."""
    return user.is_active and user.is_staff and user.has_perm(permission)


def may_fill(source: Source) -> bool:
    """Tell whether who answers for a source may have it fill its collection, as things are now."""
    # Looked up again: a row that was read before keeps what its permissions were.
    owner = User.objects.filter(pk__in=[source.owner_id]).first()
    if owner is None or not any(is_staff_with(owner, each) for each in (ADD_SOURCE, CHANGE_SOURCE)):
        return False
    return collections_seen_by_staff(owner).filter(pk=source.collection_id).exists()


def get_source(user: User, source_id: UUID, permission: str = "") -> Source:
    """Raises NotFound, or NotAllowed where the user sees the source and lacks the permission."""
    source = sources_seen_by_staff(user).filter(pk=source_id).first()
    if source is None:
        raise NotFound
    if permission and not is_staff_with(user, permission):
        raise _read_only()
    return source


def get_collection_of_sources(user: User, collection_id: UUID) -> Collection:
    collection = collections_seen_by_staff(user).filter(pk=collection_id).first()
    if collection is None:
        raise NotFound
    return collection


def get_collection_for_source(user: User, collection_id: UUID) -> Collection:
    """Raises NotAllowed for who may not set up sources, or NotFound."""
    if not is_staff_with(user, ADD_SOURCE):
        raise NotAllowed("You may not set up sources.")
    return get_collection_of_sources(user, collection_id)


def get_collection(user: User, collection_id: UUID) -> Collection:
    collection = readable_collections(user).filter(pk=collection_id).first()
    if collection is None:
        raise NotFound
    return collection


def get_writable_collection(user: User, collection_id: UUID) -> Collection:
    """Raises NotFound, or NotAllowed where the user may only read."""
    collection = get_collection(user, collection_id)
    if not writable_collections(user).filter(pk=collection_id).exists():
        raise _read_only()
    return collection


def check_still_writable(user: User, collection_id: UUID) -> None:
    """Check once more after something long. Raises as `get_writable_collection` does."""
    get_writable_collection(_load_again(user), collection_id)


def get_own_collection(user: User, collection_id: UUID) -> Collection:
    """For what only the owner decides: name, sharing, deletion."""
    collection = get_collection(user, collection_id)
    if collection.owner_id != user.pk:
        raise _read_only()
    return collection


def get_document(user: User, document_id: UUID) -> Document:
    # With where it comes from, which its page says.
    known = ("collection", "current", "source_item__source")
    found = readable_documents(user).select_related(*known)
    document = found.filter(pk=document_id).first()
    if document is None:
        raise NotFound
    return document


def get_writable_document(user: User, document_id: UUID) -> Document:
    """Raises NotFound, or NotAllowed where the user may only read."""
    document = get_document(user, document_id)
    if not writable_documents(user).filter(pk=document_id).exists():
        raise _read_only()
    return document


def check_document_still_writable(user: User, document_id: UUID) -> None:
    """Check once more after something long. Raises as `get_writable_document` does."""
    get_writable_document(_load_again(user), document_id)


def get_transcription(user: User, transcription_id: UUID) -> Transcription:
    kept = Transcription.objects.filter(owner=user, pk=transcription_id).first()
    if kept is None:
        raise NotFound
    return kept


def default_collection(user: User) -> Collection:
    """Return the collection of documents whose owner names none; make it on first use."""
    own = Collection.objects.filter(owner=user, name=DEFAULT_COLLECTION)
    if known := own.first():
        return known
    # Two of one user's first uploads at once: without the lock the database would refuse one.
    with transaction.atomic():
        lock_until_commit(f"collections {user.pk}")
        return own.first() or Collection.objects.create(owner=user, name=DEFAULT_COLLECTION)


def _load_again(user: User) -> User:
    """Return a user as they are now: whoever was deactivated since may do nothing more."""
    now = User.objects.filter(pk=user.pk).first()
    if now is None:
        raise NotFound
    return now


def _open_to(user: User) -> Q:
    return Q(owner=user) | Q(everyone=True) | Q(pk__in=_shared_with(user))


def _shared_with(user: User) -> QuerySet[CollectionShare, Any]:
    return CollectionShare.objects.filter(_names(user)).values("collection")


def _editable_by(user: User) -> Q:
    edited = CollectionShare.objects.filter(_names(user), role=CollectionShare.Role.EDITOR)
    return Q(owner=user) | Q(pk__in=edited.values("collection"))


def _not_hidden_from(user: User) -> Q:
    shared = DocumentShare.objects.filter(_names(user)).values("document")
    return Q(restricted=False) | Q(collection__owner=user) | Q(added_by=user) | Q(pk__in=shared)


def _names(user: User) -> Q:
    """Shares that name the user, or a group of theirs."""
    return Q(user=user) | Q(group__in=user.groups.order_by().values("pk"))


def _read_only() -> NotAllowed:
    return NotAllowed("You may read this and not change it.", code="read_only")
