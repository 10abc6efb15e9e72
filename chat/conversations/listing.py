"""The list of chats at the side of every page: grouped by age, fetched a page at a time."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from aiapp.errors import InvalidInput
from chat.conversations.access import conversations, folders
from chat.conversations.tree import UNFINISHED
from chat.models import Conversation, Folder, Turn

PAGE_SIZE = 50
MAX_SHOWN = 500
# Of all folders together; a folder's own page has the rest.
MAX_FILED = 200
# More than anybody looks over; the rest is found by search.
MAX_PINNED = 100

PINNED = _("Pinned")
OLDER = _("Older")
# The groups by how many days ago a chat was last used, the nearest first.
AGES = (
    (0, _("Today")),
    (1, _("Yesterday")),
    (7, _("Previous 7 days")),
    (30, _("Previous 30 days")),
)


@dataclass(frozen=True, slots=True)
class Group:
    # Empty when the page before this one ended in the same group.
    name: str | Promise
    chats: Sequence[Conversation]


@dataclass(frozen=True, slots=True)
class FolderChats:
    """A folder and the chats in it that were used last."""

    folder: Folder
    chats: Sequence[Conversation]


@dataclass(frozen=True, slots=True)
class Listing:
    groups: Sequence[Group] = field(default_factory=list)
    # On the first page, before the groups; the chats in them are not in those.
    folders: Sequence[FolderChats] = field(default_factory=list)
    # Where the next page begins; empty on the last one.
    after: str = ""


def load_listing(user: User, after: str = "", rows: int = 0) -> Listing:
    """A page of the user's chats, each with `answering`, whether a turn of it is under way.

    The pinned ones stand on the first page, before all others. Whoever shows more than a page
    asks for `rows` of them, and gets whole pages.
    """
    pages = math.ceil(min(rows, MAX_SHOWN) / PAGE_SIZE)
    size = max(1, pages) * PAGE_SIZE
    running = Turn.objects.filter(message__conversation=OuterRef("pk"), state__in=UNFINISHED)
    listed = conversations(user).filter(archived=False).annotate(answering=Exists(running))
    filed = [] if after else _list_by_folder(user, listed)
    found = listed.filter(pinned=False, folder=None)
    groups: list[Group] = []
    if not after and (pinned := list(listed.filter(pinned=True)[:MAX_PINNED])):
        groups.append(Group(PINNED, pinned))
    heading: str | Promise = ""
    if after:
        updated = place_of(after)[0]
        found = found.filter(is_after(after))
        heading = _age(updated, timezone.localdate())
    chats = list(found[: size + 1])
    more = len(chats) > size
    chats = chats[:size]
    groups += _groups(chats, heading)
    return Listing(groups, filed, after=place(chats[-1]) if more else "")


def _list_by_folder(user: User, listed: QuerySet[Conversation]) -> list[FolderChats]:
    found = list(folders(user))
    if not found:
        return []
    chats: dict[UUID | None, list[Conversation]] = {}
    for chat in listed.filter(folder__isnull=False, pinned=False)[:MAX_FILED]:
        chats.setdefault(chat.folder_id, []).append(chat)
    return [FolderChats(folder, chats.get(folder.id, [])) for folder in found]


def _groups(chats: Iterable[Conversation], heading: str | Promise) -> Iterable[Group]:
    today = timezone.localdate()
    for name, members in groupby(chats, key=lambda chat: _age(chat.updated, today)):
        yield Group("" if name is heading else name, list(members))


def _age(updated: datetime, today: date) -> Promise:
    day = timezone.localtime(updated).date()
    return next((name for days, name in AGES if day >= today - timedelta(days=days)), OLDER)


def place(chat: Conversation) -> str:
    """A chat's place among all, for the page that begins after it."""
    return f"{chat.updated.isoformat()}~{chat.id}"


def is_after(after: str) -> Q:
    """Raises InvalidInput for what is no place."""
    updated, last = place_of(after)
    return Q(updated__lt=updated) | Q(updated=updated, id__lt=last)


def place_of(after: str) -> tuple[datetime, UUID]:
    """Raises InvalidInput for what is no place."""
    updated, _separator, last = after.partition("~")
    return read_place(updated, last)


def read_place(updated: str, last: str) -> tuple[datetime, UUID]:
    """Return a place from its two parts, in any form that a cursor has. Raises InvalidInput."""
    try:
        moment, conversation_id = datetime.fromisoformat(updated), UUID(last)
    except ValueError as error:
        raise InvalidInput("This is not a valid cursor.", code="invalid_cursor") from error
    # At the ends of the calendar a moment has no name in other time zones.
    if moment.tzinfo is None or not MINYEAR < moment.year < MAXYEAR:
        raise InvalidInput("This is not a valid cursor.", code="invalid_cursor")
    return moment, conversation_id
