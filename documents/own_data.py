"""A user's documents, as part of the archive of their data and of deleting the account."""

import shutil
from contextlib import suppress
from zipfile import ZipFile

from accounts.models import User
from accounts.people.data_export import add_json
from aiapp.files import store
from documents.files import deletion, filenames
from documents.library import collections
from documents.models import Collection, Document, Version


def add_to_archive(user: User, archive: ZipFile) -> None:
    """The documents of the user's own collections: what is known of each, and the files."""
    own = Document.objects.filter(collection__owner=user).order_by("pk")
    documents = list(own.select_related("collection", "current"))
    names = {document.pk: _name(document) for document in documents}
    add_json(archive, "documents.json", [_facts(each, names[each.pk]) for each in documents])
    for document in documents:
        version = document.current or document.versions.order_by("-number").first()
        if version is not None:
            _add_file(archive, names[document.pk], version)


def take_away(user: User) -> None:
    """All collections that the user owns, with what is in them."""
    # One by one first, so that what is done stays done if the worker is ended.
    for document in Document.objects.filter(collection__owner=user).iterator(chunk_size=100):
        deletion.remove(document)
    for collection in Collection.objects.filter(owner=user):
        collections.remove(collection)


def _facts(document: Document, name: str) -> dict[str, object]:
    return {
        "id": document.pk,
        "title": document.title,
        "collection": document.collection.name,
        "created": document.created,
        "file": name,
    }


def _name(document: Document) -> str:
    """A place in the archive of its own, that people recognise."""
    collection = filenames.clean(document.collection.name.replace("/", " "))
    title = filenames.clean(document.title.replace("/", " "))
    return f"documents/{collection}/{str(document.pk)[-8:]} {title}"


def _add_file(archive: ZipFile, name: str, version: Version) -> None:
    if not version.file:
        return
    with (
        suppress(FileNotFoundError),
        store.open_file(str(version.file.name)) as file,
        archive.open(name, "w") as member,
    ):
        shutil.copyfileobj(file, member)
