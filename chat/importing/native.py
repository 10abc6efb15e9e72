"""Files written by `chat.conversations.exporting.export_json`."""

from typing import Any

from aiapp.text.columns import MAX_CHARS as MAX_COLUMNS_CHARS
from chat.conversations.exporting import FORMAT, VERSION
from chat.importing.parsed_chat import Line, NotAChat, ParsedChat, clean_text, parse_time

ROLES = {"user", "assistant", "system"}
MAX_CITATIONS = 100


def fits(data: dict[str, Any]) -> bool:
    return data.get("format") == FORMAT


def read_chat(data: dict[str, Any]) -> ParsedChat:
    """Raises NotAChat."""
    if data.get("version") != VERSION:
        raise NotAChat("It was exported by a newer version of this application.")
    messages = data.get("messages")
    if not isinstance(messages, list) or not clean_text(data.get("id")):
        raise NotAChat("It is not complete.")
    return ParsedChat(
        source=f"aiapp:{clean_text(data['id'])}",
        title=clean_text(data.get("title")),
        lines=[_line(each) for each in messages],
        leaf=clean_text(data.get("leaf")),
        created=parse_time(data.get("created")),
        updated=parse_time(data.get("updated")),
    )


def _line(data: Any) -> Line:
    if (
        not isinstance(data, dict)
        or data.get("role") not in ROLES
        or not clean_text(data.get("id"))
    ):
        raise NotAChat("One of its messages is not complete.")
    cited = data.get("citations")
    return Line(
        key=clean_text(data["id"]),
        parent=clean_text(data.get("parent")) or None,
        role=data["role"],
        content=clean_text(data.get("content")),
        created=parse_time(data.get("created")),
        citations=_citations(cited) if isinstance(cited, list) else [],
    )


def _citations(items: list[Any]) -> list[dict[str, Any]]:
    """Return those that are whole, one of each number.

    That a passage bears an answer out is not taken from a file: nobody has looked.
    """
    by_number = {
        each["n"]: {
            "n": each["n"],
            "document_title": clean_text(each.get("document"))[:300],
            "page": each["page"] if _is_number(each.get("page")) else None,
            "quote": clean_text(each.get("quote")),
            "columns": " ".join(clean_text(each.get("columns")).split())[:MAX_COLUMNS_CHARS],
        }
        for each in items[:MAX_CITATIONS]
        if isinstance(each, dict) and _is_number(each.get("n"))
    }
    return list(by_number.values())


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31
