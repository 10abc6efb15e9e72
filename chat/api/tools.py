"""Tools: which there are, and the user's word on what they want to do."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from accounts.credentials.authentication import ApiAuth, caller
from aiapp.api.notes import Note
from aiapp.api.schemas import Strict
from aiapp.db import in_db
from chat import asking
from chat.api import examples
from chat.api.schemas import TurnOut
from chat.tools import mcp_servers, registry

router = Router(auth=ApiAuth("chat"), tags=["tools"])


class DecisionIn(Strict):
    """The user's word on a call: `token` is the one of its `confirm` event."""

    confirm: bool
    token: str = Field(max_length=1000)


class DecisionOut(Schema):
    # The answer that goes on; null while other calls of the answer wait.
    assistant_message_id: UUID | None
    turn: TurnOut | None


class ToolOut(Schema):
    name: str
    title: str
    description: str
    kind: str


@router.get("/tools", response=list[ToolOut])
@Note(response=[examples.TOOL])
async def list_tools(request: HttpRequest) -> list[dict[str, Any]]:
    """The tools that a question may name. Of those that only read, `kind` is `read`."""
    await in_db(mcp_servers.refresh)
    return [
        {"name": tool.name, "title": str(tool.title)}
        | {"description": tool.description, "kind": tool.kind.value}
        for tool in registry.find_available().values()
    ]


@router.post("/calls/{uuid:call_id}", response={202: DecisionOut}, auth=ApiAuth("tools:confirm"))
@Note(
    request={"confirm": True, "token": "WyI3Iiwi…"},
    response={"assistant_message_id": None, "turn": None},
    errors=(404, 409),
)
async def decide_call(
    request: HttpRequest, call_id: UUID, body: DecisionIn
) -> Status[dict[str, Any]]:
    """Confirm or decline a call that waits, by the `call` and `token` of its `confirm` event.

    When all calls of an answer are decided, it goes on as another answer to the same question.
    """
    accepted = await asking.decide(caller(request), call_id, body.token, confirm=body.confirm)
    if accepted is None:
        return Status(202, {"assistant_message_id": None, "turn": None})
    message = accepted.assistant_message
    return Status(202, {"assistant_message_id": message.id, "turn": accepted.turn})
