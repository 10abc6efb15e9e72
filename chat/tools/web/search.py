"""Search the web for what documents cannot know, and read the pages that are found."""

from django.conf import settings
from pydantic import BaseModel, Field

from chat.tools.base import Caller, Outcome
from chat.tools.web import engines, pages

NOTHING = "The search engine found nothing. Try other words."
UNREADABLE = "None of the pages that were found could be read."


class Arguments(BaseModel):
    query: str = Field(
        description="What to look for, in a few words. It is sent to a search engine outside.",
        min_length=1,
        max_length=400,
    )
    count: int = Field(5, description="How many pages.", ge=1, le=8)


def is_there() -> bool:
    return engines.is_configured()


def asks() -> bool:
    """Tell whether a search waits for its user's word once the answer holds others' words."""
    return bool(settings.WEB_SEARCH_ASKS)


async def run(caller: Caller, arguments: Arguments) -> Outcome:
    hits = await engines.find_pages(arguments.query, arguments.count)
    if not hits:
        return Outcome(NOTHING)
    passages = await pages.read_pages(hits, arguments.query)
    if not passages:
        return Outcome(UNREADABLE)
    count = len({each.address for each in passages})
    return Outcome("", saved_text=f"{count} {'page' if count == 1 else 'pages'}", passages=passages)
