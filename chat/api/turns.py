"""The making of an answer: its state, its events, and its stop."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Header, Router, Status

from accounts.credentials.authentication import ApiAuth, caller
from aiapp.api.notes import EVENTS, Note
from aiapp.db import in_db
from chat.api.parts import stream
from chat.api.schemas import ThoughtsOut, TurnOut
from chat.conversations import access
from chat.models import Thoughts, Turn
from chat.turns.running import runner

router = Router(auth=ApiAuth("chat"), tags=["turns"])


@router.get("/turns/{uuid:turn_id}", response=TurnOut)
async def get_turn(request: HttpRequest, turn_id: UUID) -> Turn:
    """Its state, for who does not follow its events."""
    return await in_db(access.get_turn, caller(request), turn_id)


@router.get("/turns/{uuid:turn_id}/thoughts", response=ThoughtsOut)
@Note(response={"text": "They ask for part-time staff; page 3 has it.", "seconds": 2.4})
async def get_thoughts(request: HttpRequest, turn_id: UUID) -> dict[str, Any]:
    """Return a model's thoughts before its answer, as far as its vendor tells them."""

    def find() -> dict[str, Any]:
        turn = access.get_turn(caller(request), turn_id)
        kept = Thoughts.objects.filter(turn=turn).first()
        return {"text": kept.text if kept else "", "seconds": turn.thought_seconds}

    return await in_db(find)


@router.get("/turns/{uuid:turn_id}/events")
@Note(content=EVENTS)
async def turn_events(
    request: HttpRequest,
    turn_id: UUID,
    after: str = "",
    last_event_id: Annotated[str, Header(alias="Last-Event-ID", default="")] = "",
) -> StreamingHttpResponse:
    """A turn's events, from the beginning or after the one named last."""
    turn = await in_db(access.get_turn, caller(request), turn_id)
    return await stream(turn, last_event_id or after)


@router.post("/turns/{uuid:turn_id}/stop", response={202: None})
async def stop_turn(request: HttpRequest, turn_id: UUID) -> Status[None]:
    """Stop an answer within a second. What it has said stays; the turn ends as `stopped`."""
    await runner.stop(await in_db(access.get_turn, caller(request), turn_id))
    return Status(202, None)
