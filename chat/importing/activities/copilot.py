"""Microsoft Copilot's activity, a table with a row for each message.

Chats have no name but their title. Rows come newest first, an answer before its question, both
with the same time; older files have them the other way round.
"""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from aiapp.errors import InvalidInput, TooLarge
from chat.importing.json_items import Source
from chat.importing.parsed_chat import Line, ParsedChat, clean_text, parse_time

START = re.compile(
    rb"(?:\xef\xbb\xbf)?\"?(?:Conversation\"?,\"?Time\"?,\"?Author\"?,\"?Message"
    rb"|CreatedAt\"?,\"?MessageContent\"?,\"?Author\"?,\"?ChatName)\"?\s{0,5}[\r\n]",
    re.IGNORECASE,
)
# It is read as a whole, to be put in order; years of daily use are some megabytes.
MAX_TABLE_BYTES = 32 * 1024 * 1024
# The columns that are read, by either of their names.
COLUMNS = (
    ("conversation", "chatname"),
    ("time", "createdat"),
    ("author",),
    ("message", "messagecontent"),
)
ASKERS = {"human", "user"}


def read_text(source: Source) -> str:
    """Return a table as a text. Raises TooLarge."""
    pieces: list[bytes] = []
    size = 0
    while piece := source.read(1024 * 1024):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_TABLE_BYTES:
            raise TooLarge("There is more in this file than can be imported at once.")
    csv.field_size_limit(MAX_TABLE_BYTES)
    return b"".join(pieces).decode("utf-8-sig", "replace")


def read_table(source: Source) -> Iterator[dict[str, Any]]:
    """Yield the chats of a table. Raises TooLarge or InvalidInput."""
    try:
        rows = list(csv.reader(io.StringIO(read_text(source), newline="")))
    except csv.Error as error:
        raise InvalidInput("This file is cut off, or is no table.", code="broken_file") from error
    names = [name.strip().lower() for name in rows[0]]
    columns = [next(names.index(name) for name in either if name in names) for either in COLUMNS]
    chats: dict[str, list[list[str]]] = {}
    for row in rows[1:]:
        if len(row) > max(columns):
            title, *message = (row[column] for column in columns)
            chats.setdefault(title.strip(), []).append(message)
    for title, messages in chats.items():
        yield {"title": title, "messages of Copilot": messages}


def are_messages(data: dict[str, Any]) -> bool:
    return "messages of Copilot" in data


def read_messages(data: dict[str, Any]) -> ParsedChat:
    """Read a chat, in the order in which it was held."""
    messages = [
        (_read_time(time), "user" if author.strip().lower() in ASKERS else "assistant", text)
        for time, author, content in data["messages of Copilot"]
        if (text := clean_text(content).strip())
    ]
    times = [time for time, _, _ in messages if time]
    is_backwards = bool(messages) and messages[0][1] == "assistant"
    if times and times[0] != times[-1]:
        is_backwards = times[0] > times[-1]
    if is_backwards:
        messages.reverse()
    title = clean_text(data["title"])
    return ParsedChat(
        source=f"copilot:{min(times)} {title}"[:150] if times else "copilot:",
        title=title,
        lines=[
            Line(f"{number}", f"{number - 1}" if number else None, role, text, time)
            for number, (time, role, text) in enumerate(messages)
        ],
    )


def _read_time(value: str) -> datetime | None:
    if found := parse_time(value):
        return found
    for form in ("%m/%d/%Y %H:%M:%S %z", "%m/%d/%Y %I:%M:%S %p %z"):
        try:
            found = datetime.strptime(value.strip(), form).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
        return parse_time(found.isoformat())
    return None
