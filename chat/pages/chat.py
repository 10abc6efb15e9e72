"""The chat pages. Each works without JavaScript; the page's scripts ask for fragments of it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.credentials.authentication import alogin_required, user_of
from accounts.limits import rate_limit
from aiapp.db import in_db
from aiapp.errors import AppError, InvalidInput, NotFound
from aiapp.http.requests import read_next
from chat import asking
from chat.conversations import access, conversations, scope
from chat.conversations.access import get_conversation
from chat.conversations.listing import load_listing
from chat.conversations.withholding import withhold
from chat.pages import transcript
from chat.pages.forms import AskForm, RenameForm, ids
from chat.pages.fragments import errors_as_json, is_script
from chat.pages.responses import load_user, respond
from chat.turns.accepting.places import AnotherAnswer
from chat.turns.accepting.request import AsBefore, Question


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    limits = scope.load(user, ids(request.GET, "collection"), ids(request.GET, "document"))
    context = transcript.page(user, None) | {"scope": limits}
    if limits.is_nothing:
        context["suggested"] = []
    if limits.documents:
        context["suggested"] = [limits.documents[0], limits.documents[-1]]
    if folder := _uuid(request.GET.get("folder", "")):
        context["folder"] = access.get_folder(user, folder)
    if deleted := _uuid(request.GET.get("deleted", "")):
        context["deleted"] = access.deleted_conversation(user, deleted)
    return render(request, "chat/chat.html", context)


@login_required
@require_GET
def conversation(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    shown = get_conversation(user_of(request), conversation_id)
    context = transcript.page(user_of(request), shown, _leaf(request))
    if request.GET.get("unlimited"):
        context["scope"] = scope.Scope()
    elif ids(request.GET, "collection") == []:
        context["scope"] = scope.Scope(is_nothing=True)
    return render(request, "chat/chat.html", context)


@login_required
@require_GET
def messages(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """The messages alone, the last or those up to `leaf`."""
    shown = get_conversation(user_of(request), conversation_id)
    context = {
        "conversation": shown,
        "transcript": transcript.transcript(user_of(request), shown, _leaf(request)),
    }
    return render(request, "chat/_messages.html", context)


@login_required
@require_GET
def message(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """One message alone, for a page whose stream broke off."""
    shown = access.get_message(user_of(request), message_id)
    prefetch_related_objects([shown], "citations__version", "attachments")
    withhold(user_of(request), [shown])
    conversations.mark_siblings([shown])
    conversations.mark_costs([shown])
    return render(request, "chat/_message.html", {"message": shown})


@login_required
@require_GET
def follow_ups(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """The questions that an answer suggests, which come a moment after it."""
    shown = access.get_message(user_of(request), message_id)
    context = {"message": shown, "turn": getattr(shown, "turn", None)}
    return render(request, "chat/_follow_ups.html", context)


@login_required
@require_GET
def message_text(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """The text that a message's Copy button copies, as the model wrote it."""
    content = access.get_message(user_of(request), message_id).content
    return HttpResponse(content, content_type="text/plain; charset=utf-8")


@login_required
@require_GET
def chats(request: HttpRequest) -> HttpResponse:
    """A page of the list of chats.

    `X-Leaf` says where the chat that is open ends now, `gone` that it is no more; `X-Queue` is a
    sign of the questions that wait in it.
    """
    after, current = request.GET.get("after", ""), _uuid(request.GET.get("current", ""))
    shown = request.GET.get("shown", "")
    rows = load_listing(user_of(request), after, int(shown[:9]) if shown.isdecimal() else 0)
    context = {"listing": rows, "current": current}
    response = render(request, "chat/_chats.html", context)
    if current:
        try:
            conversation = get_conversation(user_of(request), current)
        except NotFound:
            response["X-Leaf"] = "gone"
        else:
            response["X-Leaf"] = str(conversations.find_leaf(conversation) or "")
            response["X-Queue"] = transcript.describe_queue(conversation)["queue_state"]
    return response


@login_required
@require_GET
def keys(request: HttpRequest) -> HttpResponse:
    """The list of keyboard shortcuts."""
    return render(request, "chat/_keys.html" if is_script(request) else "chat/keys.html")


@login_required
@require_GET
def menu(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """A chat's options, for browsers without scripts; others show them in the list."""
    context = {"conversation": get_conversation(user_of(request), conversation_id)}
    return render(request, "chat/menu.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def rename(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    renamed = get_conversation(user_of(request), conversation_id)
    form = RenameForm(request.POST or None, initial={"title": renamed.title})
    if form.is_valid():
        conversations.rename(renamed, form.cleaned_data["title"])
        return redirect(read_next(request) or "chat:home")
    name = "chat/_rename.html" if is_script(request) else "chat/rename.html"
    return render(request, name, {"conversation": renamed, "form": form, "next": _referer(request)})


@alogin_required
@require_http_methods(["POST"])
@errors_as_json
async def ask(request: HttpRequest) -> HttpResponse:
    user = await load_user(request)
    form = AskForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(_("This form is not complete. Reload the page and try again."))
    try:
        await rate_limit.aenforce(user, "ask")
        question = form.question
        choices = await asking.choices(
            form.cleaned_data["model"],
            collections=form.collections,
            documents=form.documents,
            tools=form.tools,
            effort=form.cleaned_data["effort"],
        )
        accepted = await asking.ask(user, question, choices, follows=form.follows)
    except AppError as error:
        if is_script(request):
            raise
        return await _ask_again(request, form, error)
    return await respond(request, accepted, "chat/_exchange.html")


@alogin_required
@require_http_methods(["POST"])
@errors_as_json
async def retry(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Another answer to the same question."""
    user = await load_user(request)
    await rate_limit.aenforce(user, "ask")
    named = Question("", request.POST.get("request_id", ""))
    choices = AsBefore({"model": request.POST.get("model", "")})
    accepted = await asking.ask(user, named, choices, follows=AnotherAnswer(message_id))
    return await respond(request, accepted, "chat/_answer.html")


async def _ask_again(request: HttpRequest, form: AskForm, error: AppError) -> HttpResponse:
    """The page with the text that could not be sent still in its box, and why."""

    def page() -> HttpResponse:
        user = user_of(request)
        conversation_id = form.cleaned_data["conversation"]
        shown = get_conversation(user, conversation_id) if conversation_id else None
        context = transcript.page(user, shown) | {"draft": form.content, "error": error}
        if folder := form.cleaned_data["folder"]:
            context["folder"] = access.folders(user).filter(id=folder).first()
        try:
            context["scope"] = scope.load(user, form.collections, form.documents)
        except NotFound:
            # That may be the error itself: the text is kept, the limit goes.
            context["scope"] = scope.Scope()
        return render(request, "chat/chat.html", context, status=error.status)

    return await in_db(page)


def _leaf(request: HttpRequest) -> UUID | None:
    return _uuid(request.GET.get("leaf", ""))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _referer(request: HttpRequest) -> str:
    return request.headers.get("Referer", "")
