"""The documents page: which rows it shows, and in what words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext, gettext_lazy

from accounts.models import User
from documents.access import readable_documents, writable_documents
from documents.ingest.notes import describe
from documents.models import Document, Version
from documents.parsing.formats import BY_SUFFIX, FORMATS
from documents.text.similarity import looks_like

PAGE_SIZE = 50

UNFINISHED = (Version.State.QUEUED, Version.State.PROCESSING)
FILTERS = {
    "": (gettext_lazy("All"), tuple(Version.State.values)),
    "ready": (gettext_lazy("Ready"), (Version.State.READY,)),
    "unfinished": (gettext_lazy("In progress"), UNFINISHED),
    "failed": (gettext_lazy("Failed"), (Version.State.FAILED,)),
}
# The groups of `documents.parsing.formats`.
KINDS = {
    "": gettext_lazy("All types"),
    "pdf": gettext_lazy("PDF"),
    "zip": gettext_lazy("Office and e-books"),
    "text": gettext_lazy("Text, web and e-mail"),
    "image": gettext_lazy("Pictures"),
    "audio": gettext_lazy("Recordings"),
}


@dataclass(frozen=True, slots=True)
class Query:
    """The query in the page's address."""

    text: str = ""
    state: str = ""
    after: UUID | None = None
    collection: UUID | None = None
    kind: str = ""

    @property
    def is_narrow(self) -> bool:
        return bool(self.text or self.state or self.kind)

    @property
    def address(self) -> str:
        """The same query from its beginning."""
        values = {
            "collection": self.collection,
            "q": self.text,
            "state": self.state,
            "type": self.kind,
        }
        return urlencode({name: value for name, value in values.items() if value})


@dataclass(frozen=True, slots=True)
class Row:
    """A document and its newest version, whose ingest the reader follows."""

    document: Document
    version: Version
    is_writable: bool = False

    @property
    def is_unfinished(self) -> bool:
        return self.version.state in UNFINISHED

    @property
    def is_failed(self) -> bool:
        return self.version.state == Version.State.FAILED

    @property
    def is_readable(self) -> bool:
        return self.document.current_id is not None

    @property
    def has_count(self) -> bool:
        return self.version.state == Version.State.PROCESSING and self.version.total > 0

    @property
    def status(self) -> str:
        version = self.version
        if version.state != Version.State.PROCESSING:
            return _state_words()[version.state]
        counts = {"done": version.done, "total": version.total}
        if version.stage in {Version.Stage.WAITING, Version.Stage.PARSING}:
            counted, plain = gettext("Reading page %(done)d of %(total)d"), gettext("Reading")
        else:
            counted, plain = gettext("Indexing %(done)d of %(total)d"), gettext("Indexing")
        return counted % counts if version.total else plain

    @property
    def pages(self) -> int:
        return self.version.pages if self.version.paged else 0

    @property
    def state_key(self) -> str:
        """The state that the row shows: when it has changed, the page draws the row again."""
        version = self.version
        state = f"{version.pk} {version.state} {version.stage} {version.done} {version.total}"
        document = self.document
        access = f"{self.is_writable:d}{document.restricted:d}{document.withdrawn is not None:d}"
        return f"{state} {access} {document.collection.name}"

    @property
    def kind(self) -> str:
        """The type as people call it: the end of the file's name, as in PDF."""
        suffix = PurePath(self.version.filename).suffix
        return suffix[1:].upper() if suffix.lower() in BY_SUFFIX else gettext("File")

    @property
    def notes(self) -> list[str]:
        """Sentences for its reader on how the file was read."""
        return describe(self.version.notes)


@dataclass(frozen=True, slots=True)
class Listing:
    query: Query
    rows: Sequence[Row] = field(default_factory=list)
    has_more: bool = False

    @property
    def unfinished_count(self) -> int:
        return sum(row.is_unfinished for row in self.rows)

    @property
    def summary(self) -> str:
        """The number of rows in each state; a state without rows is left out."""
        counts = Counter(_name_group(row) for row in self.rows)
        words = {
            "ready": gettext("%(n)d ready"),
            "unfinished": gettext("%(n)d in progress"),
            "failed": gettext("%(n)d failed"),
        }
        return ", ".join(text % {"n": counts[name]} for name, text in words.items() if counts[name])

    @property
    def last(self) -> UUID:
        return self.rows[-1].document.pk

    @property
    def is_empty_library(self) -> bool:
        query = self.query
        return not (self.rows or query.is_narrow or query.after)


def load_listing(user: User, query: Query) -> Listing:
    """A page of documents, newest first. Ids are in order of time, so an id is the cursor."""
    found = _find_matching(user, query).order_by("-pk").select_related("current", "collection")
    if query.after:
        found = found.filter(pk__lt=query.after)
    documents = list(found[: PAGE_SIZE + 1])
    rows = _build_rows(user, documents[:PAGE_SIZE])
    return Listing(query, rows, has_more=len(documents) > PAGE_SIZE)


def row(user: User, document: Document) -> Row:
    (only,) = _build_rows(user, [document])
    return only


def _find_matching(user: User, query: Query) -> QuerySet[Document]:
    documents = readable_documents(user)
    if query.text:
        documents = documents.filter(looks_like("title", query.text))
    if query.collection:
        documents = documents.filter(collection=query.collection)
    newest = Version.objects.filter(document=OuterRef("pk")).order_by("-number")
    if query.state:
        documents = documents.alias(state=Subquery(newest.values("state")[:1]))
        documents = documents.filter(state__in=FILTERS[query.state][1])
    if query.kind:
        types = [name for name, each in FORMATS.items() if each.group == query.kind]
        documents = documents.alias(media_type=Subquery(newest.values("media_type")[:1]))
        documents = documents.filter(media_type__in=types)
    return documents


def _build_rows(user: User, documents: Sequence[Document]) -> list[Row]:
    newest = {
        version.document_id: version
        for version in Version.objects.filter(document__in=documents)
        .order_by("document_id", "-number")
        .distinct("document_id")
    }
    ids = [document.pk for document in documents]
    writable = set(writable_documents(user).filter(pk__in=ids).values_list("pk", flat=True))
    return [
        Row(document, newest[document.pk], document.pk in writable)
        for document in documents
        if document.pk in newest
    ]


def _name_group(row: Row) -> str:
    return "unfinished" if row.is_unfinished else str(row.version.state)


def _state_words() -> dict[str, str]:
    return {
        Version.State.QUEUED: gettext("Queued"),
        Version.State.READY: gettext("Ready"),
        Version.State.FAILED: gettext("Failed"),
    }
