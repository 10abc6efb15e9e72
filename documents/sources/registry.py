"""The kinds of source, each in a module or folder of its own."""

from aiapp.errors import NotFound
from documents.models import Source
from documents.sources.base import Kind
from documents.sources.kinds import (
    confluence,
    feed,
    folder,
    git,
    google_drive,
    imap,
    notion,
    s3,
    sharepoint,
    webdav,
)
from documents.sources.kinds.website import site

_ALL = (
    folder.KIND,
    s3.KIND,
    webdav.KIND,
    git.KIND,
    site.KIND,
    feed.KIND,
    imap.KIND,
    google_drive.KIND,
    sharepoint.KIND,
    confluence.KIND,
    notion.KIND,
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}


def get_kind(name: str) -> Kind:
    """Raises NotFound."""
    if name not in KINDS:
        raise NotFound("There is no such kind of source.")
    return KINDS[name]


def describe_kind(source: Source) -> str:
    """Return the title of a source's kind, which a later release may no longer have."""
    kind = KINDS.get(source.kind)
    return str(kind.title) if kind else source.kind
