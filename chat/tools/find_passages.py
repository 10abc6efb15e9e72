"""Search in the documents that the caller may read, within what the question is limited to."""

from pydantic import BaseModel, Field

from chat.tools.base import Caller, Outcome
from documents import search


class Arguments(BaseModel):
    query: str = Field(description="What to look for, in words.", min_length=1, max_length=500)
    count: int = Field(5, description="How many passages.", ge=1, le=10)


async def run(caller: Caller, arguments: Arguments) -> Outcome:
    hits = await search.search(
        caller.user,
        arguments.query,
        arguments.count,
        collections=caller.collections,
        documents=caller.documents,
        filters=caller.filters,
    )
    if not hits.passages:
        return Outcome("The documents contain nothing like this.")
    return Outcome(hits.notice, saved_text=hits.notice, passages=hits.passages)
