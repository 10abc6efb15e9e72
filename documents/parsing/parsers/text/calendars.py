"""Appointments (iCalendar) and people (vCard): a block each, with the names of what it says."""

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator
from quopri import decodestring

from documents.parsing import contents, encodings
from documents.parsing.contents import Contents
from documents.parsing.formats import Item

# A line that begins with a blank goes on with the one before, even within a letter of UTF-8.
_FOLDED = re.compile(rb"\r?\n[ \t]")
_SOFT_BREAK = re.compile(rb"=\r?\n")
_MARKS = re.compile(r"[:\"]")
_MAX_HEAD_CHARS = 2_000
_NAME_OF = re.compile(r";CN=\"?([^\";:]{1,200})", re.IGNORECASE)
_CHARSET = re.compile(r";CHARSET=([\w-]{2,40})", re.IGNORECASE)
_TIME = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d):?(\d\d)(Z?))?")
_ZONE = re.compile(r";TZID=\"?([^\";:]{1,100})", re.IGNORECASE)
_NAMES = {
    "DTSTART": "Begins",
    "DTEND": "Ends",
    "DUE": "Due",
    "LOCATION": "Place",
    "DESCRIPTION": "Description",
    "ORGANIZER": "Organizer",
    "ATTENDEE": "Attendee",
    "STATUS": "Status",
    "RRULE": "Repeated",
    "EXDATE": "Not on",
    "RDATE": "Also on",
    "URL": "Address",
    "CATEGORIES": "Categories",
    "COMMENT": "Comment",
    "DURATION": "Duration",
    "CONTACT": "Contact",
    "METHOD": "Method",
    "ORG": "Organization",
    "TITLE": "Title",
    "ROLE": "Role",
    "TEL": "Telephone",
    "EMAIL": "Mail",
    "ADR": "Address",
    "NOTE": "Note",
    "BDAY": "Birthday",
    "NICKNAME": "Nickname",
    "IMPP": "Messages",
    "RELATED": "Related",
}
_TITLES = {"SUMMARY", "FN"}
# Before a name in its parts, until it is known whether there is another.
_PARTED = "\0"
_BLOCKS = {"VEVENT", "VTODO", "VJOURNAL", "VCARD"}
# What stands in them for programs.
_PASSED_OVER = {"VTIMEZONE", "VALARM", "VFREEBUSY"}
_PICTURES = {"PHOTO", "LOGO", "SOUND", "KEY"}


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    yield 1
    if first == 1:
        decoded = encodings.read(unfold(contents.read(path)))
        yield from decoded.notes()
        # What has no appointments and nobody in it is read as the text that it is.
        yield show(decoded.text) or decoded.text


def unfold(data: bytes) -> bytes:
    if b"QUOTED-PRINTABLE" in data.upper():
        data = _SOFT_BREAK.sub(b"", data)
    return _FOLDED.sub(b"", data)


def show(text: str) -> str:
    """Return the blocks of an unfolded text; "" if it has none."""
    blocks: list[list[str]] = []
    around: list[str] = []
    for line in text.splitlines():
        name, parameters, value = _part(line)
        if name == "BEGIN":
            around.append(value.strip().upper())
            if around[-1] in _BLOCKS:
                blocks.append([])
        elif name == "END":
            around = around[:-1]
        elif blocks and around and around[-1] not in _PASSED_OVER:
            blocks[-1] += _show_line(name, parameters, value)
    return "\n\n".join("\n".join(_choose_name(lines)) for lines in blocks if lines)


def _choose_name(lines: list[str]) -> Iterator[str]:
    """Yield lines, the name of a person in its parts only where it is nowhere in whole."""
    has_title = any(line.startswith("## ") for line in lines)
    for line in lines:
        if not line.startswith(_PARTED):
            yield line
        elif not has_title:
            yield f"## {line.removeprefix(_PARTED)}"


def _part(line: str) -> tuple[str, str, str]:
    """The name of a line, its parameters, and its value, behind the first colon out of quotes."""
    is_quoted = False
    for mark in _MARKS.finditer(line[:_MAX_HEAD_CHARS]):
        if mark[0] == '"':
            is_quoted = not is_quoted
        elif not is_quoted:
            name, _, parameters = line[: mark.start()].partition(";")
            # A card may name the group that a line is in.
            return name.rpartition(".")[2].upper(), f";{parameters}", line[mark.end() :]
    return "", "", ""


def _show_line(name: str, parameters: str, value: str) -> Iterator[str]:
    value = _decode(parameters, value).strip()
    if not value or name in _PICTURES:
        return
    if name in _TITLES:
        yield f"## {value}"
    elif name == "N":
        yield f"{_PARTED}{value}"
    elif name in _NAMES:
        if moment := _TIME.fullmatch(value):
            value = _show_time(moment, parameters)
        person = _NAME_OF.search(parameters)
        address = re.sub(r"(?i)^(?:mailto|tel):", "", value)
        yield f"{_NAMES[name]}: {f'{person[1]} <{address}>' if person else address}"


def _decode(parameters: str, value: str) -> str:
    kind = parameters.upper()
    if "QUOTED-PRINTABLE" in kind:
        data = decodestring(value.encode("utf-8", "surrogateescape"))
        value = _decode_as(data, parameters)
    elif "ENCODING=B" in kind:
        try:
            value = _decode_as(b64decode(value), parameters)
        except (Error, ValueError):
            return ""
    text = re.sub(r"\\([nN,;:\\])", lambda sign: "\n" if sign[1] in "nN" else sign[1], value)
    # The parts of an address or a name, of which many are empty.
    return ", ".join(filter(None, map(str.strip, text.split(";")))) if ";" in value else text


def _decode_as(data: bytes, parameters: str) -> str:
    charset = _CHARSET.search(parameters)
    return encodings.read(data, charset[1] if charset else "").text


def _show_time(moment: re.Match[str], parameters: str) -> str:
    year, month, day, hour, minute, _, is_utc = moment.groups()
    shown = f"{year}-{month}-{day}"
    if hour is None:
        return shown
    zone = _ZONE.search(parameters)
    where = "UTC" if is_utc else zone[1] if zone else ""
    return f"{shown} {hour}:{minute} {where}".strip()
