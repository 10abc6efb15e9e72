"""Search in the caller's own conversations."""

from pydantic import BaseModel, Field

from aiapp.db import in_db
from chat import finding
from chat.tools.base import Caller, Outcome

MOST_FOUND = 8


class Arguments(BaseModel):
    words: str = Field(
        description="Words that the conversation must hold, all of them.",
        min_length=1,
        max_length=finding.QUERY_CHARS,
    )


async def run(caller: Caller, asked: Arguments) -> Outcome:
    results = await in_db(finding.find, caller.user, asked.words)
    lines = [_line(found) for found in results.found[:MOST_FOUND]]
    return Outcome("\n".join(lines) or "No conversation holds all of these words.")


def _line(found: finding.Found) -> str:
    text = "".join(found.snippet)
    day = found.chat.updated.date().isoformat()
    # Whose words are shown, where they are not known to be the user's or an answer of ours.
    is_foreign = found.message is not None and found.message.is_foreign
    source = f" ({found.message.get_origin_display()})" if found.message and is_foreign else ""
    return f"- {day}, “{found.chat.title}”{source}" + (f": {text}" if text else "")
