"""Texts that programs add, without a file: each is a document with one version, page and chunk.

The program cuts its texts itself and embeds them before it hands them over. It may name them;
the same name again replaces the text, by a new version, so that old answers can still be checked.
A name stands for a document that the program's user may change. What is hidden from them may have
the same name and is left alone, so that nobody learns which names are in use out of their sight.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import User
from aiapp.errors import InvalidInput
from aiapp.files import store
from documents.access import (
    get_collection,
    get_writable_collection,
    readable_documents,
    writable_documents,
)
from documents.files import deletion, media_types
from documents.files.filenames import clean
from documents.library import quota
from documents.metadata import check
from documents.models import Chunk, ChunkVector, Collection, Document, EmbeddingSpace, Page, Version
from documents.spaces.spaces import still_active
from documents.spaces.storing import digest, rederive, store_vectors
from documents.text.lexemes import RECIPE

# A longer one says too many things for one vector, and has more words than an index entry holds.
MAX_CHARS = 50_000
MAX_ID_LENGTH = 300
_MAX_TITLE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Text:
    id: str
    text: str
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The `title` or `source` of the metadata, else the beginning of the text."""
        named = self.metadata.get("title") or PurePath(str(self.metadata.get("source", ""))).name
        return clean(str(named or self.text.strip().splitlines()[0]))[:_MAX_TITLE_LENGTH]

    @property
    def sha256(self) -> str:
        return sha256(self.text.encode()).hexdigest()

    def check(self) -> None:
        """Raises InvalidInput for what cannot be stored or searched."""
        if not self.id or len(self.id) > MAX_ID_LENGTH or "\x00" in self.id:
            raise InvalidInput(f"An id has 1 to {MAX_ID_LENGTH} characters.", code="bad_id")
        if not self.text.strip() or "\x00" in self.text:
            raise InvalidInput(f"The text {self.id} is empty or no text.", code="bad_text")
        if len(self.text) > MAX_CHARS:
            raise InvalidInput(
                f"The text {self.id} has more than {MAX_CHARS} characters. Split it first.",
                code="too_long",
            )
        check(self.metadata, f"The metadata of {self.id}")


def add(
    user: User,
    collection_id: UUID,
    texts: Sequence[Text],
    vectors: Sequence[Sequence[float]],
    space: EmbeddingSpace,
) -> None:
    """Store texts with their vectors in `space`, all or none; they can be found at once.

    Raises NotFound, NotAllowed or QuotaExceeded.
    """
    collection = get_writable_collection(user, collection_id)
    by_id = {text.id: text for text in texts}
    embedded = {text.id: vector for text, vector in zip(texts, vectors, strict=True)}
    files: list[str] = []
    try:
        with transaction.atomic():
            lock_names(collection.pk)
            documents = _find_or_create_documents(user, collection, by_id)
            changed = [t for t in by_id.values() if not _is_current(t, documents[t.id])]
            if changed:
                size = sum(len(text.text.encode()) for text in changed)
                quota.check(collection.owner, size, len(changed))
            versions = _store_versions(changed, documents, files)
            _store_chunks(versions, changed)
            _publish(by_id, documents)
            _store_vectors(space, documents, embedded)
            if not still_active(space):
                # The app's own search finds them by words until its own model has seen them.
                Chunk.objects.filter(version__in=versions).update(unembedded=True)
    except BaseException:
        for name in files:
            store.delete(name)
        raise


def check_readable(user: User, collection_id: UUID) -> None:
    """Raises NotFound."""
    get_collection(user, collection_id)


def check_writable(user: User, collection_id: UUID) -> None:
    """Raises NotFound or NotAllowed, before anything is embedded for nothing."""
    get_writable_collection(user, collection_id)


def lock_names(collection_id: UUID) -> None:
    """Wait for whoever else names texts in a collection; to be called in a transaction."""
    Collection.objects.select_for_update(no_key=True).values_list("pk").get(pk=collection_id)


def is_name_taken(user: User, document: Document, collection_id: UUID) -> bool:
    """Return whether the user may change a text of the document's name in a collection."""
    others = _filter_named(writable_documents(user), collection_id).exclude(pk=document.pk)
    return others.filter(external_id=document.external_id).exists()


def find(user: User, collection_id: UUID, ids: Sequence[str]) -> list[Text]:
    """The texts of these ids, in their order, as they were added; unknown ids are left out."""
    documents = _filter_named(readable_documents(user), collection_id).filter(external_id__in=ids)
    current = {d.external_id: d for d in documents.order_by("-pk") if d.current_id}
    pages = Page.objects.filter(version__in=[d.current_id for d in current.values()])
    texts: dict[UUID, str] = {}
    for page in pages.order_by("version", "number"):
        texts[page.version_id] = texts.get(page.version_id, "") + page.text
    found = (current[id_] for id_ in dict.fromkeys(ids) if id_ in current)
    return [Text(d.external_id, texts.get(d.current_id or d.pk, ""), d.metadata) for d in found]


def delete(user: User, collection_id: UUID, ids: Sequence[str] | None) -> None:
    """Delete the texts of these ids, or all that programs added; unknown ids are left out."""
    get_writable_collection(user, collection_id)
    documents = _filter_named(writable_documents(user), collection_id)
    if ids is not None:
        documents = documents.filter(external_id__in=ids)
    with transaction.atomic():
        for document in documents:
            deletion.delete(user, document)


def _filter_named(documents: QuerySet[Document], collection_id: UUID) -> QuerySet[Document]:
    return documents.filter(collection=collection_id).exclude(external_id="")


def _find_or_create_documents(
    user: User, collection: Collection, texts: Mapping[str, Text]
) -> dict[str, Document]:
    """The document of each id; a new one has no version yet."""
    taken = _filter_named(writable_documents(user), collection.pk).filter(external_id__in=texts)
    # Two of one name come about when a hidden one is opened to more; the older one is meant.
    known = taken.select_related("current").order_by("-pk")
    documents = {document.external_id: document for document in known}
    new = [
        Document(collection=collection, added_by=user, external_id=id_)
        for id_ in texts
        if id_ not in documents
    ]
    Document.objects.bulk_create(new)
    return documents | {document.external_id: document for document in new}


def _is_current(text: Text, document: Document) -> bool:
    """Return whether the document shows this text already, in one piece."""
    version = document.current
    return (
        version is not None
        and document.title == text.title
        and version.sha256 == text.sha256
        and version.chunk_count == 1
    )


def _store_versions(
    texts: Sequence[Text], documents: Mapping[str, Document], files: list[str]
) -> list[Version]:
    """Make each text its document's current version; `files` gets the names of their files."""
    newest = Version.objects.filter(document__in=[documents[t.id] for t in texts]).order_by()
    numbers = dict(newest.values_list("document").annotate(Max("number")))
    versions: list[Version] = []
    for text in texts:
        document = documents[text.id]
        version = _build_version(text, document, numbers.get(document.pk, 0) + 1)
        file = ContentFile(text.text.encode())
        version.file.name = store.save("documents", file)
        files.append(version.file.name)
        document.title, document.current = text.title, version
        versions.append(version)
    Version.objects.bulk_create(versions)
    return versions


def _build_version(text: Text, document: Document, number: int) -> Version:
    return Version(
        document=document,
        number=number,
        filename=f"{text.title}.txt",
        media_type=media_types.TEXT,
        size=len(text.text.encode()),
        sha256=text.sha256,
        state=Version.State.READY,
        stage=Version.Stage.DONE,
        done=1,
        total=1,
        pages=1,
        chunk_count=1,
        words_recipe=RECIPE,
        finished=timezone.now(),
    )


def _store_chunks(versions: Sequence[Version], texts: Sequence[Text]) -> None:
    """A page and a chunk for each version."""
    pieces = [(version, text.text) for version, text in zip(versions, texts, strict=True)]
    Page.objects.bulk_create(Page(version=v, number=1, start=0, text=text) for v, text in pieces)
    chunks = [
        Chunk(
            version=version,
            ordinal=0,
            start=0,
            end=len(text),
            text=text,
            digest=digest("", text),
            words="",
        )
        for version, text in pieces
    ]
    for chunk in Chunk.objects.bulk_create(chunks):
        rederive(chunk)


def _publish(texts: Mapping[str, Text], documents: Mapping[str, Document]) -> None:
    for id_, document in documents.items():
        document.metadata = dict(texts[id_].metadata)
    Document.objects.bulk_update(documents.values(), ["title", "current", "metadata"])


def _store_vectors(
    space: EmbeddingSpace,
    documents: Mapping[str, Document],
    vectors: Mapping[str, Sequence[float]],
) -> None:
    """Store the vectors of chunks that have none in this space yet."""
    current = {d.current_id: id_ for id_, d in documents.items()}
    bare = Chunk.objects.filter(version__in=current).exclude(
        Exists(ChunkVector.objects.filter(space=space, chunk=OuterRef("pk")))
    )
    missing = [(pk, vectors[current[version]]) for pk, version in bare.values_list("pk", "version")]
    store_vectors(space, [pk for pk, _ in missing], [vector for _, vector in missing])
