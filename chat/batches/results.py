"""What came of a batch, as its owner may see it now."""

import csv
import io
from collections.abc import Iterable
from uuid import UUID

from accounts.models import User
from chat.models import Batch, BatchItem
from documents.access import readable_documents

# What spreadsheets take for a formula at the beginning of a cell (OWASP, "CSV Injection").
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
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


def as_csv(found: Iterable[BatchItem]) -> str:
    """A row an item, for spreadsheets: with a mark for UTF-8, and no cell that is a formula."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(HEAD)
    for item in found:
        supported = {None: "", True: "yes", False: "no"}[item.grounded]
        cells = (item.text, item.answer, _sources(item), supported, item.error)
        rows.writerow([_harmless(cell) for cell in cells])
    return f"\ufeff{text.getvalue()}"


def _sources(item: BatchItem) -> str:
    places = (
        f"[{cited['n']}] {cited['title']}" + (f", page {cited['page']}" if cited["page"] else "")
        for cited in item.citations
    )
    return "; ".join(places)


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULAS) else cell
