"""Claude's data export: a conversation's messages in their order.

A question and its answer often have the same time to the microsecond, so the order of the list
counts and not the clock.
"""

from typing import Any

from chat.importing.told import Line, NotAChat, Told, moment, text_of

ROLES = {"human": "user", "user": "user", "assistant": "assistant"}
# What stands for "no message before this one".
ROOT = "00000000-0000-4000-8000-000000000000"


def fits(data: dict[str, Any]) -> bool:
    return isinstance(data.get("chat_messages"), list)


def told(data: dict[str, Any]) -> Told:
    """Read a conversation. Raises NotAChat."""
    name = text_of(data.get("uuid"))
    if not name:
        raise NotAChat("It has no name to know it by.")
    messages = [each for each in data["chat_messages"] if isinstance(each, dict)]
    lines: list[Line] = []
    parents: dict[str, str | None] = {}
    last: str | None = None
    for number, message in enumerate(messages):
        key = text_of(message.get("uuid")) or f"message {number}"
        named = text_of(message.get("parent_message_uuid"))
        # Exports without parents are one branch; those with them name the root by a fixed id.
        parent = (parents.get(named) if named != ROOT else None) if named else last
        role, text = ROLES.get(text_of(message.get("sender"))), _text(message)
        if role is None or not text or key in parents:
            parents.setdefault(key, parent)
            continue
        created = moment(message.get("created_at"))
        lines.append(Line(key, parent, role, text, created))
        # Whoever follows a message that is not shown follows the one before it.
        parents[key] = last = key
    leaf = text_of(data.get("current_leaf_message_uuid"))
    return Told(
        source=f"claude:{name}",
        title=text_of(data.get("name")),
        lines=lines,
        leaf=parents.get(leaf) or "",
        created=moment(data.get("created_at")),
    )


def _text(message: dict[str, Any]) -> str:
    """Return what a reader saw of a message: its text, and the files by their names."""
    content = message.get("content")
    blocks = content if isinstance(content, list) else []
    said = [
        text_of(block.get("text")).strip()
        for block in blocks
        if isinstance(block, dict) and block.get("type") == "text"
    ]
    text = "\n\n".join(each for each in said if each) or text_of(message.get("text")).strip()
    return "\n\n".join([*_files(message), *([text] if text else [])])


def _files(message: dict[str, Any]) -> list[str]:
    named: list[str] = []
    for field in ("attachments", "files"):
        files = message.get(field)
        for file in files if isinstance(files, list) else ():
            name = text_of(file.get("file_name")) if isinstance(file, dict) else ""
            if name and f"[{name}]" not in named:
                named.append(f"[{name}]")
    return named
