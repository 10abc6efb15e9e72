"""The pages of shared chats: making and revoking links, and what a link opens."""

from typing import cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.credentials.authentication import user_of
from accounts.limits import rate_limit
from accounts.models import User
from aiapp.errors import AppError, NotFound
from chat.conversations import access, sharing
from chat.models import ChatShare, Conversation
from chat.pages.fragments import is_script


class ShareForm(forms.Form):
    audience = forms.ChoiceField(label=_("Who may open it"), choices=ChatShare.Audience.choices)
    days = forms.TypedChoiceField(
        label=_("Until when"),
        coerce=lambda text: int(text) if text else None,
        empty_value=None,
        required=False,
        choices=[
            ("", _("Until it is revoked")),
            ("1", _("A day")),
            ("7", _("A week")),
            ("30", _("30 days")),
        ],
    )
    with_sources = forms.BooleanField(
        label=_("Show the passages that the answers cite, and the documents' names"),
        required=False,
    )


@login_required
@require_http_methods(["GET", "POST"])
def share(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """The links of a chat, and the form for another."""
    user = user_of(request)
    chat = access.get_conversation(user, conversation_id)
    form, error, link = ShareForm(request.POST or None), None, None
    if request.method == "POST" and form.is_valid():
        try:
            link = sharing.share(user, chat, **form.cleaned_data)
            form = ShareForm()
        except AppError as refused:
            error = refused
    context = {"conversation": chat, "form": form, "error": error, "made": link}
    context["links"] = _links(request, access.shares(user).filter(conversation=chat))
    name = "chat/_share.html" if is_script(request) else "chat/share.html"
    return render(request, name, context, status=error.status if error else 200)


@login_required
@require_GET
def shares(request: HttpRequest) -> HttpResponse:
    """All links of the user."""
    links = _links(request, access.shares(user_of(request)))
    return render(request, "chat/shares.html", {"links": links})


@login_required
@require_POST
def revoke(request: HttpRequest, link_id: UUID) -> HttpResponse:
    user = user_of(request)
    link = access.get_share(user, link_id)
    chat = link.conversation_id
    sharing.revoke(user, link)
    if is_script(request):
        conversation = Conversation.objects.get(id=chat)
        links = _links(request, access.shares(user).filter(conversation=chat))
        context = {"conversation": conversation, "form": ShareForm(), "links": links}
        return render(request, "chat/_share.html", context)
    return redirect("chat:shares")


@require_GET
def show_share(request: HttpRequest, share: str) -> HttpResponse:
    """A snapshot, for whoever may open it; the rest are asked to sign in, whatever there is."""
    reader = _reader(request)
    if reader is None:
        rate_limit.limit(request, "shared")
    try:
        found = sharing.open_share(share, reader)
    except NotFound:
        if reader is None:
            return redirect_to_login(request.get_full_path())
        raise
    response = render(request, "chat/shared.html", {"share": found, "token": share})
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


@login_required
@require_POST
def continue_chat(request: HttpRequest, share: str) -> HttpResponse:
    """Take what was shared into a chat of one's own, which counts as a branch of a chat does."""
    reader = user_of(request)
    rate_limit.enforce(reader, "ask")
    return redirect(sharing.continue_chat(reader, sharing.open_share(share, reader)))


def _reader(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _links(request: HttpRequest, shares: object) -> list[tuple[ChatShare, str]]:
    """Each with its whole address, or "" where that is not known any more."""
    links = []
    for link in cast("list[ChatShare]", shares):
        token = sharing.get_token(link)
        path = reverse("shared", args=[token]) if token else ""
        links.append((link, f"{settings.SITE_URL}{path}" if path else ""))
    return links
