"""The scope of a chat: collections or documents, instead of all that its owner may read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from accounts.models import User
from aiapp.errors import NotFound
from chat.models import Turn
from documents.access import readable_collections, readable_documents
from documents.models import Collection, Document

# Collections or documents that one question may be limited to.
MAX_SCOPED = 200

Ids = Sequence[UUID] | None
# In the place of a collection's id: that none is to be searched.
NOTHING = "none"


@dataclass(frozen=True, slots=True)
class Scope:
    """The scope that the composer shows as chips. Empty means that nothing is limited.

    `is_nothing` says that no document is to be searched, which is not the same.
    """

    collections: Sequence[Collection] = field(default_factory=list)
    documents: Sequence[Document] = field(default_factory=list)
    is_nothing: bool = False

    def __bool__(self) -> bool:
        return bool(self.collections or self.documents)


def check(user: User, collections: Ids, documents: Ids) -> None:
    """Raises NotFound for a collection or document that the user may not read."""
    if collections and readable_collections(user).filter(pk__in=collections).count() < len(
        set(collections)
    ):
        raise NotFound("There is no such collection.")
    if documents and readable_documents(user).filter(pk__in=documents).count() < len(
        set(documents)
    ):
        raise NotFound("There is no such document.")


def load(user: User, collections: Ids, documents: Ids) -> Scope:
    """The collections and documents of these ids. Raises NotFound as `check` does."""
    check(user, collections, documents)
    if [] in (collections, documents):
        return Scope(is_nothing=True)
    return _readable(user, collections, documents)


def load_from_turn(user: User, turn: Turn | None) -> Scope:
    """Return the scope of the last question, as far as it is still there."""
    if turn is None:
        return Scope()
    if [] in (turn.collections, turn.documents):
        return Scope(is_nothing=True)
    return _readable(
        user,
        [UUID(each) for each in turn.collections or ()],
        [UUID(each) for each in turn.documents or ()],
    )


def _readable(user: User, collections: Ids, documents: Ids) -> Scope:
    """Without ids nothing is read."""
    return Scope(
        list(readable_collections(user).filter(pk__in=collections)) if collections else [],
        list(readable_documents(user).filter(pk__in=documents).only("id", "title"))
        if documents
        else [],
    )
