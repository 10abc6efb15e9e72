"""The metadata of a source's documents, by which people filter: path, author, date, link."""

from typing import Any

from aiapp.errors import InvalidInput
from documents.metadata import check
from documents.models import Document, SourceItem


def describe(document: Document, item: SourceItem) -> bool:
    """Write what is told into a document that is not saved here; return whether it is another.

    What people have added under other names stays.
    """
    told: dict[str, Any] = {"source": item.source.name, **item.metadata}
    if item.link:
        told["link"] = item.link
    if item.modified:
        told["modified"] = item.modified.isoformat()
    values = {name: value for name, value in told.items() if value not in ("", None)}
    try:
        described = check({**document.metadata, **values})
    except InvalidInput:
        # Too much of it, or names that metadata may not have: the document counts for more.
        return False
    is_other = described != document.metadata
    document.metadata = described
    return bool(is_other)
