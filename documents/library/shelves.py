"""The collections beside the list of documents: whose they are, and what one may do there."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q

from accounts.models import User
from documents.access import (
    DEFAULT_COLLECTION,
    readable_collections,
    readable_documents,
    searched_collections,
    writable_collections,
)
from documents.models import Collection, CollectionShare


@dataclass(frozen=True, slots=True)
class Shelf:
    """A collection as one of its readers sees it; `count` is of documents that they may read."""

    collection: Collection
    count: int
    is_own: bool
    is_writable: bool
    is_shared: bool
    # Whether searches that name no collection look into it.
    is_searched: bool = True

    @property
    def id(self) -> UUID:
        return self.collection.pk


def list_shelves(user: User) -> list[Shelf]:
    """One's own first, then the others', each by name."""
    readable = readable_documents(user).order_by().values("pk")
    shares = CollectionShare.objects.filter(collection=OuterRef("pk"))
    writable = writable_collections(user).filter(pk=OuterRef("pk"))
    searched = searched_collections(user).filter(pk=OuterRef("pk"))
    collections = (
        readable_collections(user)
        .select_related("owner")
        .annotate(
            seen=Count("documents", filter=Q(documents__in=readable)),
            may_write=Exists(writable.order_by()),
            is_shared=Exists(shares),
            is_searched=Exists(searched.order_by()),
        )
    )
    rows = [
        Shelf(
            each,
            each.seen,
            each.owner_id == user.pk,
            each.may_write,
            each.is_shared,
            each.is_searched,
        )
        for each in collections
    ]
    return sorted(rows, key=lambda shelf: (not shelf.is_own, shelf.collection.name.casefold()))


def find_shelf(every: Iterable[Shelf], collection_id: UUID | None) -> Shelf | None:
    return next((shelf for shelf in every if shelf.id == collection_id), None)


def upload_choices(every: Iterable[Shelf]) -> list[tuple[str, str]]:
    """List where files may go, one's default collection first even before it exists."""
    default, others = ("", DEFAULT_COLLECTION), []
    for shelf in every:
        choice = str(shelf.id), shelf.collection.name
        if shelf.is_own and shelf.collection.name == DEFAULT_COLLECTION:
            default = choice
        elif shelf.is_writable:
            others.append(choice if shelf.is_own else (choice[0], _with_owner(shelf)))
    return [default, *others]


def _with_owner(shelf: Shelf) -> str:
    return f"{shelf.collection.name} · {shelf.collection.owner.username}"
