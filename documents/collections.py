"""Make, rename and delete collections."""

from django.db import IntegrityError, transaction

from accounts.models import User
from aiapp.errors import Conflict
from documents import uploads
from documents.models import Collection


def create(user: User, name: str) -> Collection:
    """Raises Conflict if the user has a collection of that name."""
    collection = Collection(owner=user, name=name)
    _save(collection)
    return collection


def rename(collection: Collection, name: str) -> None:
    collection.name = name
    _save(collection)


def delete(user: User, collection: Collection) -> None:
    """Delete a collection with its documents, one by one, since each takes its files along."""
    with transaction.atomic():
        for document in collection.documents.all():
            uploads.delete(user, document)
        collection.delete()


def _save(collection: Collection) -> None:
    try:
        with transaction.atomic():
            collection.save()
    except IntegrityError as error:
        raise Conflict("You have a collection of this name.", code="name_taken") from error
