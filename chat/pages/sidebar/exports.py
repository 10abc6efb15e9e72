"""A chat as a file, and as a page to print."""

import re
from uuid import UUID

import orjson
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from accounts.credentials.authentication import user_of
from chat.conversations import conversations, exporting
from chat.conversations.access import get_conversation
from documents.files import filenames


@login_required
@require_GET
def as_markdown(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    chat = get_conversation(user_of(request), conversation_id)
    return _file(
        exporting.export_markdown(chat).encode(), "text/markdown; charset=utf-8", f"{chat}.md"
    )


@login_required
@require_GET
def as_json(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    chat = get_conversation(user_of(request), conversation_id)
    data = orjson.dumps(exporting.export_json(chat), option=orjson.OPT_INDENT_2)
    return _file(data, "application/json", f"{chat}.json")


@login_required
@require_GET
def show_printable(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """The whole branch on a page of its own, which the browser prints or saves as PDF."""
    chat = get_conversation(user_of(request), conversation_id)
    branch = conversations.branch(chat, limit=exporting.MAX_MESSAGES)
    return render(request, "chat/print.html", {"conversation": chat, "branch": branch})


def _file(data: bytes, media_type: str, name: str) -> HttpResponse:
    # A title is no path.
    name = filenames.clean(re.sub(r"[/\\]", " ", name))
    disposition = content_disposition_header(True, name) or "attachment"
    headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(data, content_type=media_type, headers=headers)
