"""Pin, archive, delete or restore a chat, or keep a temporary one.

Each is a button of a plain form; scripts get what to say about it, and draw the list anew.
"""

from typing import cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.credentials.authentication import alogin_required, user_of
from accounts.models import User
from aiapp.db import in_db
from aiapp.http.requests import read_next
from chat.conversations import conversations
from chat.conversations.access import get_conversation
from chat.models import Conversation
from chat.pages.fragments import errors_as_json, is_script
from chat.turns import deletion


@login_required
@require_POST
def pin(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Pinned with `pinned=1`, otherwise no longer."""
    chat = get_conversation(user_of(request), conversation_id)
    conversations.arrange(chat, pinned=bool(request.POST.get("pinned")))
    return _confirm_change(request, chat, _("Pinned") if chat.pinned else _("No longer pinned"))


@login_required
@require_POST
def archive(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Archived with `archived=1`, otherwise back in the list."""
    chat = get_conversation(user_of(request), conversation_id)
    conversations.arrange(chat, archived=bool(request.POST.get("archived")))
    words = _("Archived") if chat.archived else _("Back in your list of chats")
    return _confirm_change(request, chat, words, undo="archive" if chat.archived else "")


@login_required
@require_POST
def keep(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """A temporary chat that is to stay."""
    chat = get_conversation(user_of(request), conversation_id)
    conversations.keep(chat)
    return redirect(chat)


@alogin_required
@require_POST
@errors_as_json
async def delete(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    user = cast(User, await request.auser())
    await deletion.delete(user, conversation_id)
    if not is_script(request):
        return redirect(f"{reverse('chat:home')}?deleted={conversation_id}")
    context = {"chat": Conversation(id=conversation_id), "words": _("Deleted"), "undo": "restore"}
    response = await in_db(render, request, "chat/_snack.html", context)
    response["X-Deleted"] = str(conversation_id)
    return response


@login_required
@require_POST
def restore(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    chat = deletion.restore(user_of(request), conversation_id)
    if not is_script(request):
        return redirect("chat:conversation", conversation_id)
    return _confirm_change(request, chat, _("Restored"))


def _confirm_change(
    request: HttpRequest, chat: Conversation, words: str, undo: str = ""
) -> HttpResponse:
    if is_script(request):
        context = {"chat": chat, "words": words, "undo": undo}
        return render(request, "chat/_snack.html", context)
    return redirect(read_next(request) or "chat:home")
