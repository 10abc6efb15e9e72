"""The streams that pages follow: a running answer, and changes among the user's chats."""

from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST
from redis.exceptions import RedisError

from accounts.credentials.authentication import alogin_required
from accounts.models import User
from aiapp.db import in_db, release_request_connection
from aiapp.http import sse
from aiapp.redis import async_redis
from chat.conversations import access
from chat.log import news
from chat.log import stream as log_stream
from chat.log.events import Position
from chat.models import Turn
from chat.pages.fragments import errors_as_json, is_script
from chat.reading.page_stream import page_events
from chat.reading.reader import AFTER_LOG
from chat.turns.running import runner


@alogin_required
@require_GET
async def stream(request: HttpRequest, turn_id: UUID) -> HttpResponseBase:
    """The turn's events, from the beginning or after the one that the page had last."""
    user = cast(User, await request.auser())
    turn = await in_db(access.get_turn, user, turn_id)
    after = Position.parse(request.headers.get("Last-Event-ID") or request.GET.get("after", ""))
    await release_request_connection()
    if await _has_all(turn, after):
        # The one answer after which an EventSource does not try again.
        return HttpResponse(status=204)
    return StreamingHttpResponse(page_events(turn, after, get_language()), headers=sse.HEADERS)


@alogin_required
@require_GET
async def changes(request: HttpRequest) -> HttpResponseBase:
    """Says when something has changed among the user's chats, as long as a page listens."""
    user = cast(User, await request.auser())
    await release_request_connection()
    last = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    place = await news.find_place(last, request.GET.get("age", ""))
    return StreamingHttpResponse(news.events(user.pk, place), headers=sse.HEADERS)


@alogin_required
@require_POST
@errors_as_json
async def stop(request: HttpRequest, turn_id: UUID) -> HttpResponse:
    user = cast(User, await request.auser())
    turn = await in_db(access.get_turn, user, turn_id)
    await runner.stop(turn)
    if is_script(request):
        return HttpResponse(status=202)
    return redirect("chat:conversation", turn.message.conversation_id)


async def _has_all(turn: Turn, after: Position) -> bool:
    """Return True if the page has the last event of a turn that has ended."""
    if not turn.is_final:
        return False
    if after.seq >= AFTER_LOG:
        return True
    try:
        rows = await async_redis().xrevrange(log_stream.key(turn.id), count=1)
    except (RedisError, OSError):
        return False
    newest = cast("list[tuple[bytes, object]]", rows)
    return any(Position.parse(row_id.decode()) <= after for row_id, _ in newest)
