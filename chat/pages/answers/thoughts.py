"""The thoughts of a model before an answer."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.credentials.authentication import user_of
from aiapp.errors import NotFound
from chat.conversations.access import get_message
from chat.models import Thoughts
from chat.pages.fragments import is_script


@login_required
@require_GET
def show_thoughts(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """The thoughts as text for scripts, as a page for the rest."""
    message = get_message(user_of(request), message_id)
    text = Thoughts.objects.filter(turn__message=message).values_list("text", flat=True).first()
    if text is None:
        raise NotFound("Nothing is known of what the model thought.")
    if is_script(request):
        return HttpResponse(text, content_type="text/plain; charset=utf-8")
    return render(request, "chat/thoughts.html", {"message": message, "text": text})
