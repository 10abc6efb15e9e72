"""Options chosen by name: commands and chats, documents (`#`), saved prompts (`/`)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.credentials.authentication import user_of
from accounts.models import User
from aiapp.errors import NotFound
from chat.conversations import access
from chat.conversations.scope import NOTHING
from chat.models import Origin, SavedPrompt
from documents.access import readable_collections, readable_documents
from documents.text.similarity import look, looks_like

MAX_OPTIONS = 8
QUERY_CHARS = 100


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose: a link, or data for the page's script."""

    title: str
    icon: str
    href: str = ""
    hint: str = ""
    # What it is also looked for by.
    words: str = ""
    data: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    options: Sequence[Option]


@login_required
@require_GET
def options(request: HttpRequest, kind: str) -> HttpResponse:
    """The options whose titles contain `q`, in groups."""
    if kind not in KINDS:
        raise NotFound
    query = request.GET.get("q", "").replace("\x00", "").strip()[:QUERY_CHARS]
    groups = [group for group in KINDS[kind](user_of(request), query) if group.options]
    context = {"groups": groups, "kind": kind, "query": query}
    return render(request, "chat/_options.html", context)


def _commands(user: User, query: str) -> Iterable[Group]:
    dialog = {"action": "dialog"}
    yield Group(
        _("Commands"),
        _match_title(
            query,
            Option(_("New chat"), "new", reverse("chat:home")),
            Option(_("Search chats"), "search", reverse("chat:search")),
            Option(_("Documents"), "documents", reverse("documents:list")),
            Option(_("Prompt library"), "list", reverse("chat:prompts")),
            Option(_("New folder"), "folder", reverse("chat:folder_new")),
            Option(_("New collection"), "folder", reverse("documents:collection_new")),
            Option(_("Shared links"), "link", reverse("chat:shares")),
            Option(_("Import chats"), "upload", reverse("chat:import")),
            Option(
                _("Your instructions"),
                "edit",
                reverse("chat:instructions"),
                words=_("model for new chats titles suggestions"),
            ),
            *_settings(user),
            Option(_("Keyboard shortcuts"), "key", reverse("chat:keys"), data=dialog),
            Option(_("Sign out"), "logout", data={"action": "sign-out"}),
            *(
                Option(name, icon, data={"action": "theme", "theme-choice": choice})
                for name, icon, choice in (
                    (_("Light theme"), "sun", "light"),
                    (_("Dark theme"), "moon", "dark"),
                    (_("System theme"), "system", ""),
                )
            ),
        ),
    )
    chats = access.conversations(user).filter(looks_like("title", query))[:MAX_OPTIONS]
    yield Group(_("Chats"), [Option(str(chat), "chat", chat.get_absolute_url()) for chat in chats])


def _settings(user: User) -> list[Option]:
    """Return the pages about oneself and one's work, and for staff the administration."""
    options = [
        Option(
            _("Batches"), "list", reverse("chat:batches"), words=_("many questions table summary")
        ),
        Option(
            _("What is known about you"), "list", reverse("chat:facts"), words=_("memory facts")
        ),
        Option(
            _("Settings"), "settings", reverse("accounts:settings"),
            words=_("account language theme notifications"),
        ),
        Option(_("API keys"), "key", reverse("accounts:keys"), words=_("token program developer")),
        Option(
            _("API description"), "documents", reverse("api:openapi-view"),
            words=_("developer docs"),
        ),
        Option(
            _("Your data"), "settings", reverse("accounts:data"),
            words=_("export download archive delete account"),
        ),
        Option(_("Change password"), "key", reverse("accounts:password_change")),
        Option(
            _("Sign out everywhere"), "logout", reverse("accounts:sign_out_everywhere"),
            words=_("sessions devices"),
        ),
        Option(_("Delete your account"), "trash", reverse("accounts:leave")),
    ]  # fmt: skip
    if user.is_staff:
        admin = reverse("admin:index")
        options.append(
            Option(_("Administration"), "settings", admin, words=_("admin curate users"))
        )
    return options


def _match_title(query: str, *found: Option) -> list[Option]:
    """Return those in whose title, or other words, each word of the query stands."""
    wanted = look(query).casefold().split()
    return [
        option
        for option in found
        if all(word in look(f"{option.title} {option.words}").casefold() for word in wanted)
    ]


def _library(user: User, query: str) -> Iterable[Group]:
    collections = readable_collections(user).filter(looks_like("name", query)).order_by("name")
    yield Group(
        _("Collections"),
        [
            Option(each.name, "list", data=_scope_data("collection", str(each.pk), each.name))
            for each in collections[:MAX_OPTIONS]
        ],
    )
    open_to = readable_documents(user).filter(current__isnull=False, withdrawn=None)
    documents = open_to.filter(looks_like("title", query))
    yield Group(
        _("Documents"),
        [
            Option(each.title, "documents", data=_scope_data("document", str(each.pk), each.title))
            for each in documents.order_by("-id").only("id", "title")[:MAX_OPTIONS]
        ],
    )
    nothing = _("No documents")
    yield Group(
        _("More"),
        _match_title(
            query, Option(nothing, "chat", data=_scope_data("collection", NOTHING, nothing))
        ),
    )


def _scope_data(name: str, id_: str, title: str) -> dict[str, str]:
    return {"scope": name, "id": id_, "title": title}


def _prompts(user: User, query: str) -> Iterable[Group]:
    found = access.prompts(user).filter(looks_like("title", query))[:MAX_OPTIONS]
    yield Group(
        _("Prompts"),
        [Option(each.title, "edit", hint=_hint(each), data={"text": each.text}) for each in found],
    )
    yield Group(_("More"), [Option(_("Manage prompts"), "settings", reverse("chat:prompts"))])


def _hint(prompt: SavedPrompt) -> str:
    text = prompt.text[:80]
    is_own = prompt.origin == Origin.OWN
    return text if is_own else f"{prompt.get_origin_display()} · {text}"


KINDS = {"commands": _commands, "library": _library, "prompts": _prompts}
