"""Files in a folder of this machine, or of a file system that several share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage


class Folder(FileSystemStorage):
    def open_at(self, name: str, first: int) -> "File[Any]":
        """Open a file from one of its bytes on. Raises FileNotFoundError."""
        file = self.open(name, "rb")
        file.seek(first)
        return file

    @contextmanager
    def lend_path(self, name: str) -> Iterator[str]:
        """Lend the file's own path. Raises FileNotFoundError."""
        path = self.path(name)
        if not os.path.exists(path):
            raise FileNotFoundError(name)
        yield path

    def walk(self) -> Iterator[tuple[str, int]]:
        """Yield the name and the size of every file there is."""
        root = Path(self.location)
        for folder, _, names in os.walk(root):
            for name in names:
                path = Path(folder, name)
                with suppress(FileNotFoundError):
                    yield path.relative_to(root).as_posix(), path.stat().st_size

    def check(self) -> None:
        """Do nothing: a folder is as well as the process that reads it."""
