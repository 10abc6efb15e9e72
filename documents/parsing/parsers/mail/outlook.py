"""Letters of Outlook (MSG), by python-oxmsg: as other letters, with what was attached."""

from collections.abc import Iterator
from typing import Any

import olefile
import oxmsg

from documents.parsing.contents import Contents, for_library
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers.mail.attachments import read_attachment
from documents.parsing.parsers.web import html

_BROKEN = (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, LookupError)
# The person to whom it was shown, where the letter has no headers of its own.
_DISPLAY_TO, _DISPLAY_CC = 0x0E04, 0x0E03


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    yield 1
    if first > 1:
        return
    try:
        letter = oxmsg.Message.load(for_library(path))
        blocks = list(_read_letter(letter))
        attached = list(_read_attached(letter))
    except (*_BROKEN, olefile.olefile.NotOleFileError) as error:
        raise ParseError("corrupt_file") from error
    for name, data in attached:
        if not data:
            yield note("attachment_unread", name=name)
            continue
        for item in read_attachment(name, data):
            if isinstance(item, str):
                blocks.append(item)
            else:
                yield item
    if attached:
        blocks.append(f"Attachments: {', '.join(name for name, _ in attached)}")
    yield "\n\n".join(block for block in blocks if block.strip())


def _read_letter(letter: Any) -> Iterator[str]:
    if subject := " ".join((letter.subject or "").split()):
        yield f"# {subject}"
    headers = letter.message_headers or {}
    properties = letter.properties
    shown = {
        "From": headers.get("From") or letter.sender or "",
        "To": headers.get("To") or properties.str_prop_value(_DISPLAY_TO) or "",
        "Cc": headers.get("Cc") or properties.str_prop_value(_DISPLAY_CC) or "",
        "Date": headers.get("Date") or str(letter.sent_date or ""),
    }
    yield "\n".join(f"{name}: {' '.join(value.split())}" for name, value in shown.items() if value)
    text = (letter.body or "").strip()
    page = letter.html_body or ""
    if text:
        yield text
    elif page.strip():
        yield html.markdown(page)


def _read_attached(letter: Any) -> Iterator[tuple[str, bytes]]:
    for each in letter.attachments:
        name = " ".join((each.file_name or "").split()) or "unnamed"
        yield name, each.file_bytes or b""
