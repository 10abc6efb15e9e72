"""A stored file as a path, which is what a parser in another process can open."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models.fields.files import FieldFile

from documents.errors import CorruptFile


@contextmanager
def local_path(stored: FieldFile) -> Iterator[str]:
    """The file's own path, or that of a copy where the storage is not this machine's disk."""
    try:
        path = stored.path
    except NotImplementedError:
        with tempfile.NamedTemporaryFile() as copy, stored.open("rb") as source:
            shutil.copyfileobj(source, copy)
            copy.flush()
            yield copy.name
        return
    if not stored.storage.exists(stored.name or ""):
        raise CorruptFile("The file is no longer there. Upload it again.", code="file_missing")
    yield path
