"""The user's word on what a tool wants to do, said on the page."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.credentials.authentication import alogin_required
from accounts.limits import rate_limit
from aiapp.db import in_db
from chat import asking
from chat.conversations import access
from chat.pages.fragments import errors_as_json, is_script
from chat.pages.responses import load_user, respond


@alogin_required
@require_POST
@errors_as_json
async def decide(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """The answer that goes on; while other calls of the same answer wait, that answer."""
    user = await load_user(request)
    await rate_limit.aenforce(user, "ask")
    word, token = request.POST.get("word") == "yes", request.POST.get("token", "")
    accepted = await asking.decide(user, call_id, token, confirm=word)
    if accepted is not None:
        return await respond(request, accepted, "chat/_answer.html")

    def render_message() -> HttpResponse:
        message = access.get_message(user, access.message_of_call(user, call_id))
        if not is_script(request):
            return redirect("chat:conversation", message.conversation_id)
        return render(request, "chat/_message.html", {"message": message})

    return await in_db(render_message)
