"""Shares of collections and documents, which only their owners decide.

Nothing is copied to whoever may read: each query asks `documents.access` anew, so a share that
is taken back opens nothing from then on, in search, pages, files, streams and old answers.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.models import Model, QuerySet

from accounts import audit
from accounts.limits import rate_limit
from accounts.models import User
from aiapp.concurrency.locks import lock_until_commit
from aiapp.errors import InvalidInput, NotAllowed, NotFound
from documents.access import get_collection, get_own_collection, get_writable_document
from documents.models import Collection, CollectionShare, Document, DocumentShare, SearchChoice

logger = logging.getLogger(__name__)

# With how many users and groups one thing is shared; more than that is a group of its own.
MAX_SHARES = 200
# The permission to put collections into everybody's search.
PUBLISH = "documents.publish_collection"
UNKNOWN = "There is no user or group of that name whom you could share with."


@dataclass(frozen=True, slots=True)
class Grant:
    """A user or a group by name. `role` counts for collections only."""

    user: str = ""
    group: str = ""
    role: str = CollectionShare.Role.READER


@dataclass(frozen=True, slots=True)
class _Grantee:
    user: User | None
    group: Group | None
    role: str

    @property
    def key(self) -> dict[str, Any]:
        return {"user": self.user, "group": self.group}


def share_collection(user: User, collection: Collection, grants: Sequence[Grant]) -> None:
    """Share with these and nobody else. Raises NotAllowed, or InvalidInput for a name unknown."""
    collection = get_own_collection(user, collection.pk)
    named = _resolve_names(user, grants)
    with transaction.atomic():
        _lock(Collection.objects.filter(pk=collection.pk))
        collection.shares.exclude(pk__in=[_grant(collection, each).pk for each in named]).delete()
    _record_change(user, "collection", collection.pk, "replaced", shares=len(named))


def add_collection_share(user: User, collection: Collection, grant: Grant) -> None:
    """One more, or another role for one that is there. Raises as `share_collection` does."""
    collection = get_own_collection(user, collection.pk)
    (grantee,) = _resolve_names(user, [grant])
    with transaction.atomic():
        _lock(Collection.objects.filter(pk=collection.pk))
        share = _grant(collection, grantee)
        if collection.shares.count() > MAX_SHARES:
            raise InvalidInput("This is shared with too many.", code="too_many_shares")
    _record_change(user, "collection", collection.pk, "added", share=share.pk, role=grantee.role)


def remove_collection_share(user: User, collection: Collection, share_id: int) -> None:
    collection = get_own_collection(user, collection.pk)
    if not collection.shares.filter(pk=share_id).delete()[0]:
        raise NotFound
    _record_change(user, "collection", collection.pk, "removed", share=share_id)


def set_everyone(user: User, collection: Collection, everyone: bool) -> None:
    """Let all who are signed in read it, or no longer.

    With the permission to publish it is searched by all of them too; without, by those who choose
    it (`documents.access.searched_collections`).
    """
    collection = get_own_collection(user, collection.pk)
    published = everyone and user.has_perm(PUBLISH)
    found = Collection.objects.filter(pk=collection.pk)
    if everyone and not published:
        # What a curator has published stays so when its owner says again what is the case.
        found = found.filter(everyone=False)
    found.update(everyone=everyone, in_every_search=published)
    _record_change(
        user, "collection", collection.pk, "everyone", everyone=everyone, published=published
    )


def choose_searched(user: User, collection: Collection, searched: bool) -> None:
    """Have one's own searches look into a collection when they name none, or not."""
    collection = get_collection(user, collection.pk)
    SearchChoice.objects.bulk_create(
        [SearchChoice(user=user, collection=collection, searched=searched)],
        update_conflicts=True,
        unique_fields=["user", "collection"],
        update_fields=["searched"],
    )


def get_own_document(user: User, document_id: UUID) -> Document:
    """For who decides who reads it: its collection's owner, and an editor who added it."""
    document = get_writable_document(user, document_id)
    if user.pk not in {document.collection.owner_id, document.added_by_id}:
        raise NotAllowed("Only its owner decides who reads this.", code="read_only")
    return document


def restrict(user: User, document: Document, restricted: bool) -> None:
    """Set whether the document is narrower than its collection."""
    document = get_own_document(user, document.pk)
    Document.objects.filter(pk=document.pk).update(restricted=restricted)
    _record_change(user, "document", document.pk, "restricted", restricted=restricted)


def share_document(user: User, document: Document, grants: Sequence[Grant]) -> None:
    """Set who reads a restricted document, of those who may read the collection."""
    document = get_own_document(user, document.pk)
    named = _resolve_names(user, grants)
    with transaction.atomic():
        _lock(Document.objects.filter(pk=document.pk))
        kept = [document.shares.get_or_create(**each.key)[0].pk for each in named]
        document.shares.exclude(pk__in=kept).delete()
    _record_change(user, "document", document.pk, "replaced", shares=len(named))


def add_document_share(user: User, document: Document, grant: Grant) -> None:
    document = get_own_document(user, document.pk)
    (named,) = _resolve_names(user, [grant])
    with transaction.atomic():
        _lock(Document.objects.filter(pk=document.pk))
        share, _ = document.shares.get_or_create(**named.key)
        if document.shares.count() > MAX_SHARES:
            raise InvalidInput("This is shared with too many.", code="too_many_shares")
    _record_change(user, "document", document.pk, "added", share=share.pk)


def remove_document_share(user: User, document: Document, share_id: int) -> None:
    document = get_own_document(user, document.pk)
    if not document.shares.filter(pk=share_id).delete()[0]:
        raise NotFound
    _record_change(user, "document", document.pk, "removed", share=share_id)


def note_administered(user: User, thing: Collection | Document) -> None:
    """Note that an administrator, who need not be the owner, has changed who may read."""
    kind = "collection" if isinstance(thing, Collection) else "document"
    _record_change(user, kind, thing.pk, "administered")


def known_groups(user: User) -> QuerySet[Group]:
    """Groups that one may share with: one's own, since others' names are nobody's business.

    Who may view groups in the admin knows them all.
    """
    every = Group.objects.order_by("name")
    return every if user.has_perm("auth.view_group") else every.filter(user=user)


def describe_shares(shares: Iterable[CollectionShare | DocumentShare]) -> list[dict[str, str]]:
    """Shares in the form in which the API takes them."""
    entries = []
    for share in shares:
        one = (
            {"user": share.user.username}
            if share.user
            else {"group": share.group.name if share.group else ""}
        )
        if isinstance(share, CollectionShare):
            one["role"] = share.role
        entries.append(one)
    return entries


def _grant(collection: Collection, grantee: _Grantee) -> CollectionShare:
    share, _ = CollectionShare.objects.update_or_create(
        collection=collection, **grantee.key, defaults={"role": grantee.role}
    )
    return share


def check_names(user: User, grants: Sequence[Grant]) -> None:
    """Raises InvalidInput for an unknown name; to be called before a transaction begins.

    What is noted of it in the audit log would not outlive the transaction.
    """
    _resolve_names(user, grants)


def _resolve_names(user: User, grants: Sequence[Grant]) -> list[_Grantee]:
    """The users and groups. Which of several names is unknown is not told.

    Sharing has to say that a name is unknown, so whoever names unknown ones is noted, and is told
    nothing more for a while after a few.
    """
    if not grants:
        return []
    # Names that are tried at once follow one another, so that each is counted before the next. A
    # transaction would hold on to the lock; before one the names were checked (`check_names`).
    if connection.in_atomic_block:
        grantees = _look_up(user, grants)
    else:
        with transaction.atomic():
            lock_until_commit(f"names {user.pk}")
            grantees = _look_up(user, grants)
    if any(each.user is None and each.group is None for each in grantees):
        audit.record(audit.Action.REFUSED, user)
        raise InvalidInput(UNKNOWN, code="unknown_name")
    return grantees


def _look_up(user: User, grants: Sequence[Grant]) -> list[_Grantee]:
    """Look up names, and count a try with an unknown one. Raises TooManyRequests."""
    rate_limit.check_room(user, "name")
    users = {each.username: each for each in _find_users(grants)}
    wanted = [grant.group for grant in grants if grant.group]
    groups = {each.name: each for each in known_groups(user).filter(name__in=wanted)}
    named = [_Grantee(users.get(g.user), groups.get(g.group), g.role) for g in grants]
    if any(each.user is None and each.group is None for each in named):
        rate_limit.count(user, "name")
    return named


def _find_users(grants: Sequence[Grant]) -> QuerySet[User]:
    wanted = [grant.user for grant in grants if grant.user]
    return User.objects.filter(is_active=True, username__in=wanted)


def _lock(queryset: QuerySet[Any]) -> None:
    """Two who change the shares of one thing at once do it one after the other."""
    queryset.select_for_update().values_list("pk", flat=True).first()


def _record_change(user: User, kind: str, of: UUID, change: str, **data: Any) -> None:
    kinds: dict[str, type[Model]] = {"collection": Collection, "document": Document}
    audit.record(audit.Action.SHARES_CHANGED, user, kinds[kind](pk=of))
    logger.info("share_changed", extra={"user": user.pk, kind: str(of), "change": change, **data})
