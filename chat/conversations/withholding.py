"""The parts an old answer no longer shows: passages of documents its reader may not open any more.

The answer's own text is its owner's and stays. The quote, title and place of each document that
was taken away, or deleted, are left out whenever the answer is read: from the database, from the
log of a turn that ended a moment ago, and from a stream that is being read. So are a summary's.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from accounts.models import User
from aiapp.db import in_db
from chat.log.events import Entry, Kind, Position
from chat.models import Batch, Citation, Message
from documents.access import readable_documents

_KINDS = frozenset({Kind.PASSAGES, Kind.CITATION, Kind.DONE})


def withhold(user: User, messages: Sequence[Message]) -> None:
    """Empty the citations, loaded already, that the user may not open."""
    withhold_citations(user, [each for message in messages for each in message.citations.all()])


def withhold_citations(user: User, citations: Iterable[Citation]) -> None:
    found = list(citations)
    ids = {each.version.document_id for each in found if each.version}
    ids |= {UUID(other) for each in found for other in each.other_documents or ()}
    readable = readable_documents(user).filter(pk__in=ids)
    open_to = {pk: told for pk, *told in readable.values_list("pk", "current", "withdrawn")}
    for each in found:
        if each.address:
            # A page of the web is everybody's.
            continue
        others = {UUID(other) for other in each.other_documents or ()}
        if each.version is None or not {each.version.document_id, *others} <= open_to.keys():
            each.version, each.page, each.start, each.end = None, None, 0, 0
            each.document_title = each.quote = each.columns = ""
            each.other_documents = None
            continue
        current, withdrawn = open_to[each.version.document_id]
        each.is_withdrawn = withdrawn is not None
        each.is_outdated = current not in {None, each.version.pk}


def withhold_batches(user: User, batches: Iterable[Batch]) -> list[Batch]:
    """The batches, without the title and id of summarised documents that the user may not open.

    What they say was written for their owner and stays, as an answer's text does.
    """
    found = list(batches)
    open_to = _open(user, {each.document_id for each in found if each.document_id})
    for each in found:
        if each.kind == Batch.Kind.SUMMARY and each.document_id not in open_to:
            each.title, each.document = "", None
    return found


async def withhold_entries(owner_id: UUID | None, entries: list[Entry]) -> list[Entry]:
    """The entries as the turn's owner may read them now."""
    events = {entry.position: entry.data for entry in entries if entry.kind in _KINDS}
    citations = [
        cited
        for event in events.values()
        for cited in _extract_citations(event)
        if cited.get("document")
    ]
    if not citations:
        return entries
    return await in_db(_withhold, owner_id, entries, events, citations)


def _withhold(
    owner_id: UUID | None,
    entries: list[Entry],
    events: dict[Position, Any],
    citations: list[dict[str, Any]],
) -> list[Entry]:
    owner = User.objects.filter(pk=owner_id).first() if owner_id else None
    named = set[UUID]().union(*map(list_documents, citations))
    open_to = _open(owner, named) if owner else set()
    closed = [cited for cited in citations if not list_documents(cited) <= open_to]
    if not closed:
        return entries
    for cited in closed:
        _empty(cited)
    return [
        Entry(entry.position, entry.kind, orjson.dumps(events[entry.position]))
        if entry.position in events
        else entry
        for entry in entries
    ]


def list_documents(cited: Mapping[str, Any]) -> set[UUID]:
    """Return the documents whose words a citation holds, which came as JSON."""
    return {UUID(each) for each in (cited["document"], *(cited.get("other_documents") or ()))}


def _extract_citations(data: Any) -> list[dict[str, Any]]:
    """The passages in an event's data."""
    if isinstance(data, list):
        return data
    return data.get("citations", []) if "document" not in data else [data]


def _empty(cited: dict[str, Any]) -> None:
    empty: dict[str, Any] = dict.fromkeys(("document", "version", "page"))
    empty |= dict.fromkeys(("title", "quote", "columns"), "")
    cited.update({name: value for name, value in empty.items() if name in cited})
    cited.update({name: [] for name in ("other_documents",) if name in cited})
    cited.update({name: 0 for name in ("start", "end") if name in cited})


def _open(user: User, documents: set[UUID]) -> set[UUID]:
    if not documents:
        return set()
    return set(readable_documents(user).filter(pk__in=documents).values_list("pk", flat=True))
