"""Archives of files: a page a file, each read by its own parser."""

from collections.abc import Iterator
from zipfile import BadZipFile, ZipFile, ZipInfo

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
_UNREADABLE = (BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError)


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    with archives.open_archive(path, archives.OF_FILES) as archive:
        entries = [each for each in archive.infolist() if _is_file(each)]
        kept = entries[:MAX_FILES]
        if not kept:
            raise ParseError("no_text")
        yield len(kept)
        if len(entries) > len(kept) and first == 1:
            yield note("entries_left_out", count=len(entries) - len(kept))
        names = read_names(kept)
        for entry, name in list(zip(kept, names, strict=True))[first - 1 :]:
            yield from _read_entry(archive, entry, name)


def read_after_crash(path: Contents, first: int) -> Iterator[Item]:
    """Go on behind a file on which its parser has crashed."""
    pages = read_pages(path, first + 1)
    yield next(pages)
    yield note("entry_unread", name=f"#{first}")
    yield ""
    yield from pages


def _read_entry(archive: ZipFile, entry: ZipInfo, name: str) -> Iterator[Item]:
    texts = [f"# {name}"]
    try:
        if entry.file_size > MAX_FILE_BYTES:
            raise ParseError("too_large")
        for item in nested.read(name, archive.read(entry)):
            if isinstance(item, str):
                texts.append(item)
            else:
                yield item
    except (ParseError, MemoryError, *_UNREADABLE):
        yield note("entry_unread", name=name)
    yield "\n\n".join(text for text in texts if text.strip())


def _is_file(entry: ZipInfo) -> bool:
    name = entry.filename
    parts = name.split("/")
    return not (
        entry.is_dir()
        or any(f"{part}/" in _NOT_FILES for part in parts)
        or parts[-1] in _NOT_NAMES
        or parts[-1].startswith("._")
        or not entry.file_size
    )
