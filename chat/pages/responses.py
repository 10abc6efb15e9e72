"""The response to a page when a question of its user has been accepted."""

import asyncio
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.credentials.authentication import user_of
from accounts.models import User
from aiapp.db import release_request_connection, retry_in_db
from aiapp.errors import Unavailable
from chat import asking
from chat.conversations.access import get_conversation
from chat.pages import transcript
from chat.pages.fragments import is_script
from chat.turns.accepting.repeats import AcceptedTurn

# How long a browser without JavaScript waits for its page; then the page reloads itself.
WAIT_SECONDS = 20


async def load_user(request: HttpRequest) -> User:
    """The signed-in user, loaded already, also for the templates that are rendered later."""
    user = cast(User, await request.auser())
    request.user = user
    return user


async def respond(request: HttpRequest, accepted: AcceptedTurn, fragment: str) -> HttpResponse:
    """For scripts a fragment with the answer on its way; for the rest the chat, when it is there.

    `chat/_messages.html` gets the whole branch, the other fragments what was accepted.
    """
    if not is_script(request):
        await release_request_connection()
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await asking.outcome(accepted.turn)
        except (TimeoutError, Unavailable):
            pass
        return redirect("chat:conversation", accepted.conversation.id)

    def render_fragment() -> HttpResponse:
        context: dict[str, Any] = {"accepted": accepted, "message": accepted.assistant_message}
        if fragment == "chat/_messages.html":
            user = user_of(request)
            shown = get_conversation(user, accepted.conversation.id)
            context = {"conversation": shown, "transcript": transcript.transcript(user, shown)}
        return render(request, fragment, context)

    # It is accepted: a moment without the database must not look like a refusal.
    response = await retry_in_db(WAIT_SECONDS, render_fragment)
    response["X-Conversation"] = str(accepted.conversation.id)
    return response
