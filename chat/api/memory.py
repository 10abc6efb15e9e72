"""Memory: what a model was given for an answer, and facts about the caller."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from accounts.credentials.authentication import ApiAuth, caller
from accounts.models import User
from aiapp.api.notes import Note
from aiapp.api.schemas import Strict
from aiapp.db import in_db
from aiapp.errors import NotFound
from chat.api import examples
from chat.conversations import access
from chat.memory import facts
from chat.models import UserFact
from chat.turns import prompt_snapshot

router = Router(auth=ApiAuth("memory"), tags=["memory"])


class PromptPassageOut(Schema):
    # Null, and no title, where the document may not be opened any more.
    document: UUID | None
    title: str
    page: int | None


class PromptPartOut(Schema):
    """`rules`, `instructions`, `facts`, `notes`, `history`, `passages`, `tools`, `question`, or
    `request` for a program's own messages."""

    name: str
    tokens: int
    text: str
    messages: int
    passages: list[PromptPassageOut]
    names: list[str]


class PromptOut(Schema):
    model: str
    # The longest prompt that the model takes, and about how long this one was, in tokens.
    context: int
    tokens: int
    parts: list[PromptPartOut]


class FactOut(Schema):
    id: UUID
    text: str
    # Where it was said; null if it was entered by hand, or the chat is gone.
    conversation: UUID | None = Field(None, alias="conversation_id")
    created: datetime


class FactsOut(Schema):
    enabled: bool
    facts: list[FactOut]


class FactsPatch(Strict):
    # Whether new chats learn facts and are told of them.
    enabled: bool


class FactIn(Strict):
    text: str = Field(max_length=facts.MAX_CHARS)


@router.get("/messages/{uuid:message_id}/prompt", response=PromptOut)
@Note(response=examples.PROMPT)
async def get_prompt(request: HttpRequest, message_id: UUID) -> prompt_snapshot.PromptSnapshot:
    """Return the prompt that the model was given for an answer.

    Answers from before this was kept have none.
    """

    def read() -> prompt_snapshot.PromptSnapshot:
        user = caller(request)
        found = prompt_snapshot.load_snapshot(user, access.get_message(user, message_id))
        if found is None:
            raise NotFound("There is no such prompt.")
        return found

    return await in_db(read)


@router.get("/me/facts", response=FactsOut)
@Note(response=examples.FACTS)
async def list_facts(request: HttpRequest) -> dict[str, Any]:
    """List the facts that are known about the caller from chats, the oldest first."""
    return await in_db(_facts, caller(request))


@router.patch("/me/facts", response=FactsOut)
@Note(request={"enabled": True}, response=examples.FACTS)
async def switch_facts(request: HttpRequest, body: FactsPatch) -> dict[str, Any]:
    """Switch facts on or off. Off keeps what is known, and tells it to no model."""

    def switch() -> dict[str, Any]:
        facts.switch(caller(request), on=body.enabled)
        return _facts(caller(request))

    return await in_db(switch)


@router.post("/me/facts", response={201: FactOut})
@Note(request={"text": "Works as a nurse."}, response=examples.FACT, errors=(409,))
async def add_fact(request: HttpRequest, body: FactIn) -> Status[UserFact]:
    """Have something known that no chat has told."""
    return Status(201, await in_db(facts.add, caller(request), body.text))


@router.delete("/me/facts", response={204: None})
@Note(empty="Everything is forgotten.")
async def delete_facts(request: HttpRequest) -> Status[None]:
    """Forget everything."""
    await in_db(lambda: facts.of(caller(request)).delete())
    return Status(204, None)


@router.patch("/me/facts/{uuid:fact_id}", response=FactOut)
@Note(request={"text": "Works as a nurse."}, response=examples.FACT, errors=(409,))
async def change_fact(request: HttpRequest, fact_id: UUID, body: FactIn) -> UserFact:
    """Correct what is known; the chat it is from stays named."""
    return await in_db(lambda: facts.change(facts.get(caller(request), fact_id), body.text))


@router.delete("/me/facts/{uuid:fact_id}", response={204: None})
async def delete_fact(request: HttpRequest, fact_id: UUID) -> Status[None]:
    """Forget one fact."""
    await in_db(lambda: facts.get(caller(request), fact_id).delete())
    return Status(204, None)


def _facts(user: User) -> dict[str, Any]:
    known = list(facts.of(user))
    return {"enabled": facts.are_on(user), "facts": known}
