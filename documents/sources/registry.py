"""The kinds of source, each in a module of its own."""

from aiapp.errors import NotFound
from documents.models import Source
from documents.sources.base import Kind
from documents.sources.kinds import folder

KINDS: dict[str, Kind] = {kind.name: kind for kind in (folder.KIND,)}


def get_kind(name: str) -> Kind:
    """Raises NotFound."""
    if name not in KINDS:
        raise NotFound("There is no such kind of source.")
    return KINDS[name]


def describe_kind(source: Source) -> str:
    """Return the title of a source's kind, which a later release may no longer have."""
    kind = KINDS.get(source.kind)
    return str(kind.title) if kind else source.kind
