"""The results of a batch, as its owner may see it now."""

from collections.abc import Iterable
from uuid import UUID

from accounts.models import User
from aiapp.text.spreadsheets import format_csv
from chat.models import Batch, BatchItem
from documents.access import readable_documents

HEAD = ("question", "answer", "sources", "supported", "error")


def items(user: User, batch: Batch) -> list[BatchItem]:
    """The items, without citations of documents that the user may not open any more."""
    found = list(batch.items.all())
    named = {UUID(cited["document"]) for item in found for cited in item.citations}
    readable = readable_documents(user).filter(pk__in=named)
    open_to = {str(pk) for pk in readable.values_list("pk", flat=True)}
    for item in found:
        item.citations = [cited for cited in item.citations if cited["document"] in open_to]
    return found


def format_table(items: Iterable[BatchItem]) -> str:
    """CSV with a row an item, for spreadsheets: with a mark for UTF-8."""
    supported = {None: "", True: "yes", False: "no"}
    rows = (
        (item.text, item.answer, _sources(item), supported[item.grounded], item.error)
        for item in items
    )
    return f"\ufeff{format_csv([HEAD, *rows])}"


def _sources(item: BatchItem) -> str:
    places = (
        f"[{cited['n']}] {cited['title']}" + (f", page {cited['page']}" if cited["page"] else "")
        for cited in item.citations
    )
    return "; ".join(places)
