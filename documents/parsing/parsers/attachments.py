"""Files that came with a letter or lie in a PDF: each is read by its own parser, under its name."""

from collections.abc import Iterator
from typing import Final

from documents.parsing import nested
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note

# Marks of firms and people, which come with every letter, are smaller.
MIN_PICTURE_BYTES: Final = 20_000
# The sentences for these say more than that the file could not be read.
_PICTURE_MARKS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8")


def read_attachment(name: str, data: bytes) -> Iterator[Item]:
    """Yield a heading with the file's name and its text; a note if it cannot be read."""
    if not data or _is_mark(data):
        return
    texts: list[str] = []
    try:
        for item in nested.read(name, data):
            if isinstance(item, str):
                texts.append(item)
            else:
                yield item
    except ParseError:
        yield note("attachment_unread", name=name)
    if text := "\n\n".join(text for text in texts if text.strip()):
        yield f"## Attachment: {name}\n\n{text}"


def _is_mark(data: bytes) -> bool:
    return len(data) < MIN_PICTURE_BYTES and data.startswith(_PICTURE_MARKS)
