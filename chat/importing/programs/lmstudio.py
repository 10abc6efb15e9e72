"""LM Studio's files: a message is a list of its versions, of which one is shown.

An answer is made in steps: thoughts, calls of tools, and blocks of what was said.
"""

from collections.abc import Iterator
from typing import Any

from chat.importing.parsed_chat import Line, ParsedChat, clean_text, join_parts, parse_time

ROLES = {"user", "assistant"}


def fits(data: dict[str, Any]) -> bool:
    messages = data.get("messages")
    return isinstance(messages, list) and any(
        isinstance(each, dict) and isinstance(each.get("versions"), list) for each in messages
    )


def read_chat(data: dict[str, Any]) -> ParsedChat:
    """Read a conversation. What follows a message follows the version that is shown of it."""
    lines: list[Line] = []
    shown: str | None = None
    for number, message in enumerate(data["messages"]):
        if not isinstance(message, dict):
            continue
        versions = list(_list_versions(number, message, shown))
        lines += versions
        keys = [line.key for line in versions]
        selected = f"{number}.{message.get('currentlySelected')}"
        shown = selected if selected in keys else keys[-1] if keys else shown
    created = parse_time(data.get("createdAt"))
    # A file is named by when it was begun, and has no other name.
    return ParsedChat(
        source=f"lmstudio:{data['createdAt'] if created else ''}",
        title=clean_text(data.get("name")),
        lines=lines,
        leaf=shown or "",
        created=created,
        updated=max(
            filter(None, map(parse_time, _list_times(data))),
            default=None,
        ),
    )


def _list_times(data: dict[str, Any]) -> Iterator[Any]:
    yield from (data.get("userLastMessagedAt"), data.get("assistantLastMessagedAt"))


def _list_versions(number: int, message: dict[str, Any], parent: str | None) -> Iterator[Line]:
    versions = message.get("versions")
    for place, version in enumerate(versions if isinstance(versions, list) else ()):
        role = clean_text(version.get("role")) if isinstance(version, dict) else ""
        if role in ROLES and (text := _find_text(version)):
            yield Line(f"{number}.{place}", parent, role, text)


def _find_text(version: dict[str, Any]) -> str:
    steps = version.get("steps")
    blocks = [
        step
        for step in (steps if isinstance(steps, list) else ())
        if isinstance(step, dict) and step.get("type") == "contentBlock" and not _is_thought(step)
    ]
    parts = [part for block in (version, *blocks) for part in _list_parts(block)]
    return join_parts(*parts)


def _is_thought(step: dict[str, Any]) -> bool:
    style = step.get("style")
    return isinstance(style, dict) and style.get("type") == "thinking"


def _list_parts(block: dict[str, Any]) -> Iterator[str]:
    content = block.get("content")
    for part in content if isinstance(content, list) else ():
        if not isinstance(part, dict):
            continue
        if part.get("type") == "file":
            name = clean_text(part.get("fileIdentifier")).strip()
            yield f"[{'image' if part.get('fileType') == 'image' else name or 'file'}]"
        elif part.get("type", "text") == "text":
            yield clean_text(part.get("text")).strip()
