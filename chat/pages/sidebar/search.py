"""The page that searches one's chats, and the way from what was found to its place."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.credentials.authentication import user_of
from chat.conversations import access, conversations
from chat.conversations.search import find
from chat.pages.fragments import is_script
from chat.pages.transcript import PAGE_SIZE


@login_required
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Show the search's results, or all chats; scripts get the results alone."""
    text, archived = request.GET.get("q", ""), bool(request.GET.get("archived"))
    results = find(user_of(request), text, archived=archived, after=request.GET.get("after", ""))
    name = "chat/_found.html" if is_script(request) else "chat/search.html"
    return render(request, name, {"results": results, "text": text, "archived": archived})


@login_required
@require_GET
def show_in_chat(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """To a message in its chat, on whichever branch and however far up it stands."""
    message = access.get_message(user_of(request), message_id)
    page = reverse("chat:conversation", args=[message.conversation_id])
    end = conversations.newest_below(message)
    if end != conversations.find_leaf(message.conversation):
        page += f"?leaf={end}"
    if message.id not in [each.id for each in conversations.texts(end, limit=PAGE_SIZE)]:
        page = page.partition("?")[0] + f"?leaf={message.id}"
    return redirect(f"{page}#message-{message.id}")
