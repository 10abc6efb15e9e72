"""All files of a site, brought from one store to another, or in and out of an archive."""

import hashlib
import tarfile
from collections.abc import Callable, Container, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.core.files.base import File

from aiapp.files.store import Store

SPOOLED_BYTES = 8 * 1024 * 1024
# As in backups of a folder, so that either kind of site can be restored from either.
ARCHIVED = "files/"


class Differs(Exception):
    """A copy that is not what it was made from."""


@dataclass(slots=True)
class Moved:
    copied: int = 0
    known: int = 0
    deleted: int = 0
    bytes: int = 0


def copy_all(
    source: Store, target: Store, journal: Path, list_wanted: Callable[[], Container[str]]
) -> Iterator[Moved]:
    """Copy every file and compare what came, by hash; yield how far it is after each.

    The journal has the names of those that were compared: whoever was ended goes on there, and a
    second run brings what was added since the first, and deletes what was deleted. Raises Differs.
    """
    moved = Moved()
    names = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    there = dict(target.walk()) if names else {}
    done = {name for name in names if name in there}
    with journal.open("a", encoding="utf-8") as notes:
        for name, size in source.walk():
            if name in done and there[name] == size:
                moved.known += 1
                done.discard(name)
                continue
            with suppress(FileNotFoundError):
                _copy(name, source, target)
                moved.copied += 1
                moved.bytes += size
                notes.write(f"{name}\n")
                notes.flush()
            done.discard(name)
            yield moved
    if done:
        # What the source lacks may have been deleted, or the source itself may be gone by now.
        wanted = list_wanted()
        for name in done:
            if name not in wanted:
                target.delete(name)
                moved.deleted += 1
    yield moved


def _copy(name: str, source: Store, target: Store) -> None:
    with source.open(name) as file:
        digest = _hash(file)
        if target.exists(name):
            with target.open(name) as copy:
                if _hash(copy) == digest:
                    return
            # What an interrupted run left.
            target.delete(name)
        target.save(name, file)
    with target.open(name) as copy:
        if _hash(copy) != digest:
            raise Differs(name)


def _hash(file: "File[Any]") -> str:
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    return digest.hexdigest()


def pack(source: Store, target: IO[bytes]) -> None:
    """Write all files as an archive. What is deleted meanwhile is left out."""
    with tarfile.open(fileobj=target, mode="w|") as archive:
        for name, size in source.walk():
            with suppress(FileNotFoundError), source.open(name) as file:
                member = tarfile.TarInfo(ARCHIVED + name)
                member.size, member.mode = size, 0o600
                archive.addfile(member, file)


def unpack(source: IO[bytes], target: Store) -> None:
    """Store all files of an archive under the names that they have there."""
    with tarfile.open(fileobj=source, mode="r|") as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is None or not member.name.startswith(ARCHIVED):
                continue
            name = member.name.removeprefix(ARCHIVED)
            with SpooledTemporaryFile(SPOOLED_BYTES) as copy:
                while piece := content.read(1024 * 1024):
                    copy.write(piece)
                target.delete(name)
                target.save(name, File(copy))
