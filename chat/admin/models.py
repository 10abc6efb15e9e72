"""The refusals of model servers, as the administration shows them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from aiapp.llm.catalogue import lessons
from aiapp.llm.catalogue.lessons import Lesson
from documents.admin.bases import demand, page

NAME = "chat_turn_models"


def models(request: HttpRequest) -> HttpResponse:
    """List what is left out of requests to each model; forget it on a superuser's word."""
    demand(request, "chat.view_turn")
    if request.method == "POST":
        return _forget(request)
    found: list[Lesson] = []
    try:
        found = lessons.all_lessons()
    except RedisError:
        messages.error(request, _("Redis is not responding."))
    context: dict[str, Any] = {"lessons": found, "days": lessons.LIFETIME_SECONDS // 86_400}
    return page(request, "admin/chat/models.html", _("What model servers refuse"), **context)


def _forget(request: HttpRequest) -> HttpResponse:
    if not getattr(request.user, "is_superuser", False):
        raise PermissionDenied
    model = request.POST.get("model", "")
    try:
        lessons.forget(model)
        text = _("The next question to %(model)s will try every parameter again.")
        messages.success(request, text % {"model": model})
    except RedisError:
        messages.error(request, _("Redis is not responding."))
    return HttpResponseRedirect(reverse(f"admin:{NAME}"))
