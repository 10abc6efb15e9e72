"""The origin of a document that a source looks after, and what nobody else may do to it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from aiapp.errors import Conflict
from documents.models import Document, SourceItem

_SCHEMES = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class Origin:
    """The source of a document and its address there, empty where people cannot open it."""

    source: str
    link: str


def find_origin(document: Document) -> Origin | None:
    """Return where a document comes from; None for one that a person or program added."""
    try:
        item = document.source_item
    except SourceItem.DoesNotExist:
        return None
    link = item.link if item.link.lower().startswith(_SCHEMES) else ""
    return Origin(item.source.name, link)


def refuse_if_kept(document: Document) -> None:
    """Raises Conflict for a document that its source would change back."""
    if SourceItem.objects.filter(document=document).exists():
        raise Conflict(
            _("This document is kept up to date by its source. Change it there."),
            code="from_source",
        )
