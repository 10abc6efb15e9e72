"""Put a text into the caller's prompt library."""

from typing import Annotated

from django.db import transaction
from pydantic import BaseModel, Field, StringConstraints

from aiapp.concurrency.locks import lock_until_commit
from aiapp.db import in_db
from aiapp.errors import Conflict, InvalidInput
from aiapp.text.invisible import remove_invisible
from chat.conversations import access
from chat.models import Origin, SavedPrompt
from chat.tools.base import Caller, Outcome

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class Arguments(BaseModel):
    title: Line = Field(description="A short name to find it by.")
    text: Text = Field(description="The prompt itself.")


async def run(caller: Caller, arguments: Arguments) -> Outcome:
    def save() -> None:
        title = remove_invisible(arguments.title).strip()
        if not title:
            raise InvalidInput("Enter a title.")
        with transaction.atomic():
            # Looked for first: the database would note a title that it refuses in its log.
            lock_until_commit(f"prompts {caller.user.pk}")
            if access.prompts(caller.user).filter(title=title).exists():
                raise Conflict("There is already a saved prompt with this title.")
            SavedPrompt.objects.create(
                owner=caller.user,
                title=title,
                text=arguments.text.replace("\x00", ""),
                origin=Origin.TOOL,
            )

    await in_db(save)
    return Outcome(f"Saved as “{arguments.title}” in the prompt library.")
