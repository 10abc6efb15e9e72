"""Make, rename and delete collections, and move documents between them."""

from uuid import UUID

from django.db import transaction
from django.db.models import Count, Sum

from accounts.models import User
from aiapp.concurrency.locks import lock_until_commit
from aiapp.errors import Conflict
from aiapp.sql.deletion import delete_rows, delete_together
from documents.access import get_own_collection, get_writable_collection
from documents.files import deletion
from documents.library import quota, sharing, texts
from documents.library.origins import refuse_if_kept
from documents.models import Collection, Document


def create(user: User, name: str) -> Collection:
    """Raises Conflict if the user has a collection of that name."""
    collection = Collection(owner=user, name=name)
    _save(collection)
    return collection


def rename(user: User, collection: Collection, name: str) -> None:
    """Raises NotAllowed for all but the owner."""
    collection = get_own_collection(user, collection.pk)
    collection.name = name
    _save(collection)


def delete(user: User, collection: Collection) -> None:
    """Delete a collection with its documents, one by one, since each takes its files along."""
    remove(get_own_collection(user, collection.pk))


def remove(collection: Collection) -> None:
    """Delete a collection, whoever asks, even while its sources and its readers add to it."""

    def delete_all() -> None:
        # Before the documents: a sync locks its source first, then those.
        list(collection.sources.order_by("pk").select_for_update().values_list("pk"))
        for document in collection.documents.all():
            deletion.remove(document)
        delete_rows(collection)

    delete_together(delete_all)


def move(user: User, document: Document, into: UUID) -> None:
    """Put a document into another collection that the user may change.

    Who may read it is decided by its new collection from then on. That takes it away from the
    readers of the old one, so an editor moves only what they added. It takes up room of whoever
    owns the new one. Raises QuotaExceeded.
    """
    document = sharing.get_own_document(user, document.pk)
    refuse_if_kept(document)
    collection = get_writable_collection(user, into)
    if collection.pk == document.collection_id:
        return
    with transaction.atomic():
        if collection.owner_id != document.collection.owner_id:
            taken = document.versions.aggregate(size=Sum("size"), files=Count("pk"))
            quota.check(collection.owner, taken["size"] or 0, taken["files"])
        texts.lock_names(collection.pk)
        if texts.is_name_taken(user, document, collection.pk):
            raise Conflict("There is a text of the same name already.", code="name_taken")
        document.collection = collection
        document.save(update_fields=["collection"])


def opens_to_others(user: User, document: Document, into: UUID | None) -> bool:
    """Return whether a document moved into this collection gets readers besides the user."""
    if into is None or into == document.collection_id:
        return False
    collection = get_writable_collection(user, into)
    is_private = collection.owner_id == user.pk and not collection.everyone
    return not is_private or collection.shares.exists()


def retitle(document: Document, title: str) -> None:
    """Give a document another title. Raises Conflict for one whose source decides it."""
    refuse_if_kept(document)
    set_title(document, title)


def set_title(document: Document, title: str) -> None:
    """Write a title, which is searched: by its words soon, by its meaning with the next version.

    The words of its chunks are made anew like those of an older release
    (`documents.ingest.reindexing`).
    """
    document.title = title
    with transaction.atomic():
        document.save(update_fields=["title"])
        document.versions.all().update(words_recipe=0)


def _save(collection: Collection) -> None:
    with transaction.atomic():
        # Looked for first: the database would note a name that it refuses in its log.
        lock_until_commit(f"collections {collection.owner_id}")
        namesakes = Collection.objects.filter(owner=collection.owner_id, name=collection.name)
        if namesakes.exclude(pk=collection.pk).exists():
            raise Conflict("You already have a collection with this name.", code="name_taken")
        collection.save()
