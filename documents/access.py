"""Who may read what: the only door to collections and documents.

The owner is part of every query, so a foreign id and one that does not exist are the same.
"""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from aiapp.errors import NotFound
from documents.models import Collection, Document

DEFAULT_COLLECTION = "My documents"


def readable_collections(user: User) -> QuerySet[Collection]:
    return Collection.objects.filter(owner=user)


def readable_documents(user: User) -> QuerySet[Document]:
    return Document.objects.filter(collection__owner=user)


def get_collection(user: User, collection_id: UUID) -> Collection:
    collection = readable_collections(user).filter(pk=collection_id).first()
    if collection is None:
        raise NotFound
    return collection


def get_document(user: User, document_id: UUID) -> Document:
    found = readable_documents(user).select_related("collection", "current")
    document = found.filter(pk=document_id).first()
    if document is None:
        raise NotFound
    return document


def default_collection(user: User) -> Collection:
    """Where a document goes when its owner names no collection; made on first use."""
    collection, _ = Collection.objects.get_or_create(owner=user, name=DEFAULT_COLLECTION)
    return collection
