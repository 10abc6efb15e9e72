"""Versions of questions and answers: a question asked in other words, another one looked at."""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.credentials.authentication import alogin_required, user_of
from accounts.limits import rate_limit
from aiapp.db import in_db
from aiapp.errors import AppError, NotFound
from chat import asking
from chat.conversations import conversations, forking
from chat.conversations.access import get_conversation, get_message
from chat.models import Message
from chat.pages import transcript
from chat.pages.fragments import errors_as_json, is_script
from chat.pages.responses import load_user, respond
from chat.turns.accepting.places import Instead
from chat.turns.accepting.request import AsBefore, Question


@alogin_required
@require_http_methods(["GET", "POST"])
@errors_as_json
async def edit(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """A question to be asked in other words, beside the one that was asked."""
    user = await load_user(request)
    if request.method == "GET":
        return await in_db(_form, request, message_id, {})
    content = request.POST.get("content", "")
    request_id = request.POST.get("request_id", "")
    try:
        await rate_limit.aenforce(user, "ask")
        accepted = await asking.ask(
            user, Question(content, request_id), AsBefore(), follows=Instead(message_id)
        )
    except NotFound:
        raise
    except AppError as error:
        if is_script(request):
            raise
        return await in_db(_form, request, message_id, {"content": content, "error": error})
    return await respond(request, accepted, "chat/_messages.html")


@login_required
@require_POST
def show(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Make the branch through a message the one that is shown, and asked on."""
    user = user_of(request)
    message = get_message(user, message_id)
    conversations.show(message)
    if not is_script(request):
        return redirect(f"{message.conversation.get_absolute_url()}#message-{message.id}")
    shown = get_conversation(user, message.conversation_id)
    context = {"conversation": shown, "transcript": transcript.transcript(user, shown)}
    return render(request, "chat/_messages.html", context)


@alogin_required
@require_POST
@errors_as_json
async def fork(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """A new chat that goes on from an answer."""
    user = await load_user(request)
    await rate_limit.aenforce(user, "ask")
    forked = await in_db(forking.fork, user, message_id)
    if not is_script(request):
        return redirect(forked)
    return HttpResponse(status=201, headers={"X-Conversation": str(forked.id)})


def _form(request: HttpRequest, message_id: UUID, kept: dict[str, Any]) -> HttpResponse:
    message = get_message(user_of(request), message_id)
    if message.role != Message.Role.USER:
        raise NotFound("There is no such message.")
    context = {
        "message": message,
        "content": message.content,
        "request_id": uuid4(),
        "message_max_chars": settings.MESSAGE_MAX_CHARS,
        **kept,
    }
    name = "chat/_edit.html" if is_script(request) else "chat/edit.html"
    error: AppError | None = kept.get("error")
    return render(request, name, context, status=error.status if error else 200)
