"""The site's style sheet as one file: what it imports is put in place when files are collected.

The sources are a file for each part of a page. A browser would fetch them one after the other,
since it learns of them only from the first.
"""

import re
from pathlib import PurePosixPath
from typing import IO, Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage

NAME = "css/site.css"
_import = re.compile(r'@import url\("([\w./-]+)"\) layer\((\w+)\);')
# One without an end goes on to the end of the sheet, as browsers read it.
_remark = re.compile(r"/\*.*?(?:\*/\s*|\Z)", re.DOTALL)


class StylesheetStorage:
    """The storage that a style sheet comes from, which gives it out with its imports inside."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def open(self, name: str) -> IO[Any]:
        folder = PurePosixPath(name).parent

        def put_in_place(match: re.Match[str]) -> str:
            return f"@layer {match[2]} {{\n{self._read(str(folder / match[1]))}}}"

        sheet = _import.sub(put_in_place, self._read(name))
        return ContentFile(_remark.sub("", sheet).encode(), name)

    def _read(self, name: str) -> str:
        with self._storage.open(name) as file:
            return str(file.read().decode())
