"""A folder of this machine, or one that is mounted, below those that the operator names.

It is listed in the order of names, so that the last one is all that is needed to go on. Symbolic
links are not followed, neither while listing nor, with a race in mind, while opening.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.sources.base import Checkpoint, Config, End, Item, Kind, Listed, Writable
from documents.sources.errors import ItemGone, SourceMisset, SourceUnavailable

CHECKPOINT_EVERY = 500
BLOCK = 1024 * 1024
# Hidden files, and those that office programs keep beside one that is open.
_HIDDEN = (".", "~$")
# Before a key whose bytes are no text.
_ESCAPED = "bytes:"


class Folder:
    def __init__(self, config: Config) -> None:
        self._root = Path(config.address)
        self._note_life = config.note_life

    def list_items(self, position: Any, cursor: Any) -> Iterator[Listed]:
        if not is_allowed(self._root):
            raise SourceMisset("The folder is not below one of SOURCE_FOLDERS any more.")
        if not self._root.is_dir():
            raise SourceUnavailable("The folder is not there. Perhaps it is not mounted.")
        count = 0
        after = [_decode(part) for part in position or []]
        for parts, entry in self._walk(self._root, (), after):
            item = _describe(parts, entry)
            if item is None:
                continue
            yield item
            count += 1
            if count % CHECKPOINT_EVERY == 0:
                yield Checkpoint([_encode(part) for part in parts])
        yield End()

    def fetch(self, item: Item, file: Writable) -> None:
        try:
            with open(self._open(item.key), "rb") as found:
                while block := found.read(BLOCK):
                    file.write(block)
                    self._note_life()
        except OSError as error:
            raise ItemGone(f"The file cannot be read: {error.strerror}.") from error

    def close(self) -> None:
        """Nothing stays open."""

    def _walk(
        self, folder: Path, above: tuple[str, ...], after: list[str]
    ) -> Iterator[tuple[tuple[str, ...], os.DirEntry[str]]]:
        """Yield files in the order of names, those behind `after`; a folder's names at a time."""
        self._note_life()
        for entry in _read_folder(folder):
            parts = (*above, entry.name)
            if after and entry.name < after[0]:
                continue
            is_on_way = bool(after) and entry.name == after[0]
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(folder / entry.name, parts, after[1:] if is_on_way else [])
            elif entry.is_file(follow_symlinks=False) and not is_on_way:
                yield parts, entry

    def _open(self, key: str) -> int:
        """Open a file without following a link at any step. Raises OSError."""
        *folders, name = _decode(key).split("/")
        at = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for part in folders:
                at, before = os.open(part, _FOLDER, dir_fd=at), at
                os.close(before)
            found = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
        finally:
            os.close(at)
        if not stat.S_ISREG(os.fstat(found).st_mode):
            os.close(found)
            raise FileNotFoundError(0, "it is no longer a file")
        return found


_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


def _read_folder(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with closing(os.scandir(folder)) as entries:
            shown = [entry for entry in entries if not entry.name.startswith(_HIDDEN)]
    except FileNotFoundError:
        # Gone since its own folder was read.
        return []
    except OSError as error:
        # What cannot be read is not gone.
        message = f"A folder cannot be read: {error.strerror} ({_show(folder.name)})."
        raise SourceUnavailable(message) from error
    return sorted(shown, key=lambda entry: entry.name)


def _describe(parts: tuple[str, ...], entry: os.DirEntry[str]) -> Item | None:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    path = "/".join(parts)
    return Item(
        key=_encode(path),
        path=_show(path),
        # The last tells of changes that leave the date as it was.
        etag=f"{found.st_mtime_ns}-{found.st_size}-{found.st_ctime_ns}",
        size=found.st_size,
        modified=datetime.fromtimestamp(found.st_mtime, UTC),
        metadata={"path": _show(path)},
    )


def _encode(name: str) -> str:
    """Return a name as a database can store it, which `_decode` turns back."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return _ESCAPED + quote_from_bytes(os.fsencode(name))
    return _ESCAPED + quote_from_bytes(name.encode()) if name.startswith(_ESCAPED) else name


def _decode(name: str) -> str:
    if name.startswith(_ESCAPED):
        return os.fsdecode(unquote_to_bytes(name.removeprefix(_ESCAPED)))
    return name


def _show(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "replace")


def is_allowed(path: Path) -> bool:
    """Tell whether a folder lies below one that the operator named, links resolved."""
    resolved = path.resolve()
    roots = [Path(root).resolve() for root in settings.SOURCE_FOLDERS]
    return path.is_absolute() and any(resolved.is_relative_to(root) for root in roots)


def check(config: Config) -> None:
    """Raises ValidationError."""
    if not settings.SOURCE_FOLDERS:
        raise ValidationError(
            _("The operator has named no folders that may be read (SOURCE_FOLDERS)."),
            code="no_folders",
        )
    if not is_allowed(Path(config.address)):
        raise ValidationError(
            _("The folder must be inside one of these: %(folders)s.")
            % {"folders": ", ".join(settings.SOURCE_FOLDERS)},
            code="outside",
        )


KIND = Kind(
    name="folder",
    title=gettext_lazy("Folder"),
    hint=gettext_lazy(
        "A folder of the server, or one that is mounted there. Hidden files and symbolic links are"
        " left out."
    ),
    open=Folder,
    check=check,
    address_label=gettext_lazy("Folder"),
    address_hint=gettext_lazy("Its whole path, as in /srv/handbooks."),
    is_remote=False,
)
