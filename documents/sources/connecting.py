"""The connection to a source, by what its row says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings

from documents.models import Source
from documents.sources.base import Config, Connection
from documents.sources.credentials import read_credential
from documents.sources.networks import hold_in_place
from documents.sources.registry import get_kind

MEGABYTE = 1024 * 1024


@contextmanager
def open_source(source: Source, note_life: Callable[[], None]) -> Iterator[Connection]:
    """Raises a SourceError."""
    config = hold_in_place(source, build_config(source, note_life))
    connection = get_kind(source.kind).open(config)
    try:
        yield connection
    finally:
        connection.close()


def build_config(source: Source, note_life: Callable[[], None] = lambda: None) -> Config:
    return Config(
        address=source.address,
        username=source.username,
        credential=read_credential(source),
        options=source.options,
        max_bytes=find_max_bytes(source),
        note_life=note_life,
    )


def find_max_bytes(source: Source) -> int:
    """Return how large a file of a source may be: no larger than an upload."""
    own = (source.max_megabytes or 0) * MEGABYTE
    return min(own, settings.DOCUMENT_MAX_BYTES) if own else settings.DOCUMENT_MAX_BYTES
