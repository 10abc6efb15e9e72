"""Archives of files: a page a file, each read by its own parser."""

import tarfile
from collections.abc import Callable, Iterator
from functools import partial
from zipfile import BadZipFile

from documents.parsing import archives, nested
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers.archive.names import read_names

# More than one document holds; what is beyond is said.
MAX_FILES = 1_000
MAX_FILE_BYTES = 200 * archives.MB
# What systems put beside people's files.
_NOT_FILES = ("__MACOSX/", ".git/", ".svn/")
_NOT_NAMES = (".DS_Store", "Thumbs.db", "desktop.ini")
_UNREADABLE = (
    *(BadZipFile, tarfile.TarError, RuntimeError, NotImplementedError, OSError, EOFError),
    ValueError,
)


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    with archives.open_archive(path, archives.OF_FILES) as archive:
        listed = (each for each in archive.infolist() if not each.is_dir())
        entries = [each for each in listed if is_file(each.filename, each.file_size)]
        kept = entries[:MAX_FILES]
        if not kept:
            raise ParseError("no_text")
        yield len(kept)
        if len(entries) > len(kept) and first == 1:
            yield note("entries_left_out", count=len(entries) - len(kept))
        names = read_names(kept)
        for entry, name in list(zip(kept, names, strict=True))[first - 1 :]:
            yield from read_entry(name, entry.file_size, partial(archive.read, entry))


def read_after_crash(path: Contents, first: int) -> Iterator[Item]:
    """Go on behind a file on which its parser has crashed."""
    yield from leave_out(read_pages(path, first + 1), first)


def leave_out(pages: Iterator[Item], left_out: int) -> Iterator[Item]:
    """Yield the number of pages, an empty one for the file that is left out, and the others."""
    for item in pages:
        yield item
        if isinstance(item, int):
            break
    yield note("entry_unread", name=f"#{left_out}")
    yield ""
    yield from pages


def read_entry(name: str, size: int, read: Callable[[], bytes]) -> Iterator[Item]:
    """Yield the text of a file of an archive below its name, and a note if it cannot be read."""
    texts = [f"# {name}"]
    try:
        if size > MAX_FILE_BYTES:
            raise ParseError("too_large")
        for item in nested.read(name, read()):
            if isinstance(item, str):
                texts.append(item)
            else:
                yield item
    except (ParseError, MemoryError, *_UNREADABLE):
        yield note("entry_unread", name=name)
    yield "\n\n".join(text for text in texts if text.strip())


def is_file(name: str, size: int) -> bool:
    """Tell a file of people's from what systems put beside them."""
    parts = name.split("/")
    return not (
        any(f"{part}/" in _NOT_FILES for part in parts)
        or parts[-1] in _NOT_NAMES
        or parts[-1].startswith("._")
        or not size
    )
