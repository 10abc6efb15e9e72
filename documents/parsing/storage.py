"""A stored file as a path, which is what a parser in another process can open."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db.models.fields.files import FieldFile

from aiapp.files import store
from documents.errors import CorruptFile


@contextmanager
def local_path(stored: FieldFile) -> Iterator[str]:
    """The file's own path, or that of a copy where the store is not this machine's disk."""
    with ExitStack() as stack:
        try:
            path = stack.enter_context(store.lend_path(str(stored.name)))
        except FileNotFoundError as error:
            message = "The file is no longer there. Upload it again."
            raise CorruptFile(message, code="file_missing") from error
        yield path
