"""Search in the caller's own conversations."""

from pydantic import BaseModel, Field

from aiapp.db import in_db
from chat.conversations import search
from chat.models import Message, Origin
from chat.tools.base import Caller, Outcome

MAX_MATCHES = 8


class Arguments(BaseModel):
    words: str = Field(
        description="Words that the conversation must contain, all of them.",
        min_length=1,
        max_length=search.QUERY_CHARS,
    )


async def run(caller: Caller, arguments: Arguments) -> Outcome:
    lines = await in_db(_find_lines, caller, arguments)
    return Outcome("\n".join(lines) or "No conversation contains all of these words.")


def _find_lines(caller: Caller, arguments: Arguments) -> list[str]:
    matches = search.find(caller.user, arguments.words).hits[:MAX_MATCHES]
    # A chat that begins with others' words has its title from them, too.
    first = Message.objects.filter(conversation__in=[each.chat for each in matches], parent=None)
    foreign = dict(first.exclude(origin=Origin.OWN).values_list("conversation", "origin"))
    return [_describe_match(each, foreign.get(each.chat.pk, "")) for each in matches]


def _describe_match(match: search.Hit, origin: str) -> str:
    """Name a chat, what was found in it, and whose words those are if they may be others'."""
    text = "".join(match.snippet)
    day = match.chat.updated.date().isoformat()
    if match.message is not None:
        origin = match.message.origin
    source = f" ({Origin(origin).label})" if origin not in {"", Origin.OWN} else ""
    return f"- {day}, “{match.chat.title}”{source}" + (f": {text}" if text else "")
