"""The questions that wait for an answer, as the box to write in shows them."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.credentials.authentication import alogin_required, user_of
from accounts.limits import rate_limit
from aiapp.db import in_db
from aiapp.errors import InvalidInput
from chat import asking
from chat.conversations.access import get_conversation
from chat.models import Conversation
from chat.pages.forms import AskForm
from chat.pages.fragments import errors_as_json, is_script
from chat.pages.responses import load_user
from chat.pages.transcript import describe_queue
from chat.turns.running import following


@login_required
@require_http_methods(["GET"])
def show_queue(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """The questions that wait in a chat."""
    return _render_queue(request, get_conversation(user_of(request), conversation_id))


@alogin_required
@require_POST
@errors_as_json
async def enqueue(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Have the question in the box wait; with `urgent` the answer that is being made is stopped."""
    user = await load_user(request)
    form = AskForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(_("This form is not complete. Reload the page and try again."))
    await rate_limit.aenforce(user, "ask")
    choices = await asking.choices(
        form.cleaned_data["model"],
        collections=form.collections,
        documents=form.documents,
        tools=form.tools,
        effort=form.cleaned_data["effort"],
    )
    is_urgent = bool(request.POST.get("urgent"))
    await asking.queue(user, conversation_id, form.question, choices, is_urgent=is_urgent)
    return await in_db(_respond, request, conversation_id)


@alogin_required
@require_POST
@errors_as_json
async def change(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """Reword, hasten or remove a question that waits, as `act` says."""
    user = await load_user(request)
    question = await in_db(following.get_next, user, question_id)
    match request.POST.get("act"):
        case "now":
            await rate_limit.aenforce(user, "ask")
            await asking.hurry(question)
        case "remove":
            await in_db(following.remove, question)
        case _:
            await in_db(following.reword, question, request.POST.get("content", ""))
    return await in_db(_respond, request, question.conversation_id)


def _respond(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    if not is_script(request):
        return redirect("chat:conversation", conversation_id)
    return _render_queue(request, get_conversation(user_of(request), conversation_id))


def _render_queue(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    return render(request, "chat/_queue.html", describe_queue(conversation))
