"""Put a text into the caller's prompt library."""

from typing import Annotated

from django.db import IntegrityError, transaction
from pydantic import BaseModel, Field, StringConstraints

from aiapp.db import in_db
from aiapp.errors import Conflict
from chat.models import Origin, SavedPrompt
from chat.tools.base import Caller, Outcome

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class Arguments(BaseModel):
    title: Line = Field(description="A short name to find it by.")
    text: Text = Field(description="The prompt itself.")


async def run(caller: Caller, asked: Arguments) -> Outcome:
    def save() -> None:
        try:
            with transaction.atomic():
                SavedPrompt.objects.create(
                    owner=caller.user,
                    title=asked.title.replace("\x00", ""),
                    text=asked.text.replace("\x00", ""),
                    origin=Origin.TOOL,
                )
        except IntegrityError as error:
            raise Conflict("There is a saved prompt of this title already.") from error

    await in_db(save)
    return Outcome(f"Saved as “{asked.title}” in the prompt library.")
