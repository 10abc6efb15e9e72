"""Thumbs up and down under an answer, and why."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.credentials.authentication import user_of
from aiapp.errors import InvalidInput
from chat.conversations import access, feedback
from chat.models import Message
from chat.pages.forms import FeedbackForm
from chat.pages.fragments import is_script


@login_required
@require_http_methods(["GET", "POST"])
def rating(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """The question for reasons, and where opinions are sent; "" as rating takes one back."""
    message = access.get_message(user_of(request), message_id)
    if message.role != Message.Role.ASSISTANT:
        raise InvalidInput("Only an answer can be rated.", code="not_an_answer")
    form = FeedbackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _keep(message, form)
        message.refresh_from_db()
        if is_script(request):
            return render(request, "chat/_rating.html", {"message": message})
        return redirect(f"{message.conversation.get_absolute_url()}#message-{message.id}")
    name = "chat/_feedback.html" if is_script(request) else "chat/feedback.html"
    context = {"message": message, "conversation": message.conversation, "form": form}
    return render(request, name, context)


def _keep(message: Message, form: FeedbackForm) -> None:
    if form.cleaned_data["rating"]:
        feedback.rate(message, form.cleaned_data["rating"], form.reason)
    else:
        feedback.take_back(message)
