"""Change what is kept with a document."""

from collections.abc import Mapping
from typing import Any

from documents import metadata
from documents.models import Document


def describe(document: Document, values: Mapping[str, Any]) -> None:
    """Replace a document's metadata, which filters look at from now on. Raises InvalidInput."""
    document.metadata = metadata.check(values)
    document.save(update_fields=["metadata"])
