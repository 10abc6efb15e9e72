"""Sources as tests make them, synced on the spot as a worker would."""

from pathlib import Path
from typing import Any

from accounts.models import User
from documents.models import Collection, Document, Source, SourceItem, Version
from documents.sources import controls, credentials
from documents.sources.syncing import sync


def make_source(owner: User, kind: str, address: str = "", **fields: Any) -> Source:
    """A source that is due, in a collection of its own.

    Where the collection's owner is no staff, somebody who is has set it up.
    """
    credential = fields.pop("credential", "")
    powers = {"email": "keeper@example.org", "is_staff": True, "is_superuser": True}
    collection = Collection.objects.create(owner=owner, name=f"{kind} {Source.objects.count()}")
    return Source.objects.create(
        owner=owner if owner.is_staff else User.objects.get_or_create(powers, username="keeper")[0],
        collection=collection,
        name=collection.name,
        kind=kind,
        address=address,
        sealed_credential=credentials.seal(credential),
        **fields,
    )


def run(source: Source, **options: Any) -> Source:
    """Sync to the end, slice by slice, and return the source as it is then."""
    source.refresh_from_db()
    if source.state != Source.State.RUNNING:
        controls.run_now(source, **options)
    while sync.run(source.pk):
        pass
    source.refresh_from_db()
    return source


def titles(source: Source) -> list[str]:
    """The titles of the documents that a search can find, sorted."""
    found = source.collection.documents.filter(withdrawn=None)
    return sorted(found.values_list("title", flat=True))


def content(document: Document) -> bytes:
    newest = document.versions.order_by("-number").first()
    assert newest is not None
    return content_of(newest)


def content_of(version: Version) -> bytes:
    with version.file.open() as file:
        return file.read()


def document(source: Source, title: str) -> Document:
    return source.collection.documents.get(title=title, withdrawn=None)


def item(source: Source, path: str) -> SourceItem:
    return source.items.get(path=path)


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
