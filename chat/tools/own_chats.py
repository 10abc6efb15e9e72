"""Search in the caller's own conversations."""

from pydantic import BaseModel, Field

from aiapp.db import in_db
from chat.conversations import search
from chat.models import Message, Origin
from chat.tools.base import Caller, Outcome

MAX_MATCHES = 8


class Arguments(BaseModel):
    words: str = Field(
        description="Words that the conversation must hold, all of them.",
        min_length=1,
        max_length=search.QUERY_CHARS,
    )


async def run(caller: Caller, asked: Arguments) -> Outcome:
    lines = await in_db(_lines, caller, asked)
    return Outcome("\n".join(lines) or "No conversation holds all of these words.")


def _lines(caller: Caller, asked: Arguments) -> list[str]:
    found = search.find(caller.user, asked.words).hits[:MAX_MATCHES]
    # A chat that begins with others' words has its title from them, too.
    first = Message.objects.filter(conversation__in=[each.chat for each in found], parent=None)
    foreign = dict(first.exclude(origin=Origin.OWN).values_list("conversation", "origin"))
    return [_line(each, foreign.get(each.chat.pk, "")) for each in found]


def _line(found: search.Hit, origin: str) -> str:
    """Name a chat, what was found in it, and whose words those are if they may be others'."""
    text = "".join(found.snippet)
    day = found.chat.updated.date().isoformat()
    if found.message is not None:
        origin = found.message.origin
    source = f" ({Origin(origin).label})" if origin not in {"", Origin.OWN} else ""
    return f"- {day}, “{found.chat.title}”{source}" + (f": {text}" if text else "")
