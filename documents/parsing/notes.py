"""Notes on a document: what of a file was left out, cut, guessed or replaced when it was read.

Parsers give them as codes with values, since people read them in different languages; the
sentences stand in `documents.ingest.notes`. The parser's process reads this too, so it imports
nothing of Django.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_CODE_CHARS, MAX_VALUE_CHARS, MAX_VALUES = 40, 200, 8

Value = str | int


@dataclass(frozen=True, slots=True)
class Note:
    """A fact about a page's text, or the whole document's where `page` is 0.

    A value named `count` is added up over the pages; others tell one note from another.
    """

    code: str
    values: Mapping[str, Value] = field(default_factory=dict)
    page: int = 0

    def as_line(self) -> dict[str, object]:
        return {"note": self.code, "values": dict(self.values), "at": self.page}


def note(code: str, **values: Value) -> Note:
    """Return a note on the page that comes next."""
    return Note(code, values)


def read_line(line: Mapping[str, object]) -> Note | None:
    """Return the note of a line that a parser's process wrote, or None if it is none."""
    code, values, page = line.get("note"), line.get("values"), line.get("at")
    if not isinstance(code, str) or not isinstance(values, dict) or not isinstance(page, int):
        return None
    kept = {
        str(name)[:MAX_CODE_CHARS]: value
        if isinstance(value, int)
        else str(value)[:MAX_VALUE_CHARS]
        for name, value in list(values.items())[:MAX_VALUES]
    }
    return Note(code[:MAX_CODE_CHARS], kept, page)
