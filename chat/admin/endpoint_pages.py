"""Pages of the administration around model endpoints that are no form of a row."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.credentials.authentication import user_of
from accounts.people.powers import is_superuser
from aiapp.llm import endpoints, registry, vendors
from aiapp.llm.transport import SOCKET_SCHEME
from chat.endpoints import connecting, keys, loading
from chat.endpoints.addresses import clean_address
from chat.endpoints.discovery import LocalServer, find_local, leave_out_known
from chat.endpoints.presets import PRESETS
from chat.endpoints.reading import choose_endpoint_name, list_chatting, read_now, test_now
from chat.models import Endpoint, EndpointModel, FirstSteps
from documents.admin.bases import page

# Of a server that is connected with one click.
MAX_SWITCHED_ON = 20
# Vendors that are parts of the site.
OURS = {"local", "quotes"}
View = Callable[..., HttpResponse]


def by_superusers(view: View) -> View:
    @wraps(view)
    def check_first(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_superuser(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return check_first


@dataclass(frozen=True, slots=True)
class EnvironmentEndpoint:
    """An endpoint that the environment names, without its key and what else is secret."""

    vendor: str
    address: str
    models: list[str]
    # Whose names an administrator has given to other models.
    replaced: list[str]


def describe_environment() -> list[EnvironmentEndpoint]:
    """Return what is connected by variables; it is changed there."""
    rows = endpoints.current().models
    found = []
    for vendor in vendors.list_configured():
        names = [
            name for name in registry.list_environment_names() if vendors.vendor_of(name) == vendor
        ]
        if not names:
            continue
        address = _show_address(vendors.endpoint_of(vendor), vendor)
        used = [name for name in names if name not in rows]
        replaced = [name for name in names if name in rows]
        found.append(EnvironmentEndpoint(vendor, address, used, replaced))
    return found


def _show_address(address: str, vendor: str) -> str:
    if address.startswith(SOCKET_SCHEME) or vendor in OURS:
        return _("this machine")
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query="", fragment="").geturl() or _("default address")


@by_superusers
def choose(request: HttpRequest, found: list[LocalServer] | None = None) -> HttpResponse:
    """Choose what to connect: a service, or a program of one's own."""
    services = {kind: each for kind, each in PRESETS.items() if not each.is_local}
    programs = {kind: each for kind, each in PRESETS.items() if each.is_local}
    context = {"services": services, "programs": programs, "found": found}
    return page(request, "admin/chat/endpoint/choose.html", _("Connect a model"), **context)


@require_POST
@by_superusers
def find(request: HttpRequest) -> HttpResponse:
    """Look for servers of models on this machine."""
    return choose(request, found=leave_out_known(async_to_sync(find_local)()))


@require_POST
@by_superusers
def connect(request: HttpRequest) -> HttpResponse:
    """Connect a server that was found, and switch its models on."""
    kind = request.POST.get("kind", "")
    if kind not in PRESETS or PRESETS[kind].needs_key:
        raise PermissionDenied
    try:
        address = clean_address(kind, request.POST.get("address", ""))
        endpoint = Endpoint(kind=kind, name=choose_endpoint_name(kind), address=address)
        endpoint.created_by = endpoint.changed_by = user_of(request)
        read_now(endpoint)
        endpoint.save()
        connecting.switch_on(endpoint, list(list_chatting(endpoint))[:MAX_SWITCHED_ON])
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("admin:chat_endpoint_choose")
    note(request, endpoint, "Connected.")
    tell_report(request, endpoint)
    return redirect("admin:chat_endpoint_change", endpoint.pk)


@require_POST
@by_superusers
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask an endpoint for its models again."""
    read_saved(request, get_object_or_404(Endpoint, pk=pk))
    return redirect("admin:chat_endpoint_change", pk)


@require_POST
@by_superusers
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch models on and off as they were ticked, and those on that were entered by hand."""
    endpoint = get_object_or_404(Endpoint, pk=pk)
    ticked = set(request.POST.getlist("on"))
    # A page that is old says nothing about what it did not show.
    shown = set(request.POST.getlist("shown"))
    entered = request.POST.get("names", "").split()
    had_none = not registry.is_connected()
    try:
        added = connecting.switch_on(endpoint, [*sorted(ticked), *entered])
        connecting.switch_off(endpoint, sorted(shown - ticked))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("admin:chat_endpoint_change", pk)
    note(request, endpoint, f"Switched on: {', '.join(sorted(ticked | set(entered)))}."[:500])
    count = endpoint.models.filter(is_enabled=True).count()
    text = ngettext("%(n)d model is switched on.", "%(n)d models are switched on.", count)
    messages.success(request, text % {"n": count})
    if had_none and added:
        told = _("%(model)s is now the default model.")
        messages.info(request, told % {"model": registry.default_name()})
    return redirect("admin:chat_endpoint_change", pk)


@require_POST
@by_superusers
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Try what a model can do."""
    model = get_object_or_404(EndpointModel, endpoint=pk, pk=_number(request.POST.get("model")))
    try:
        findings = test_now(model)
    except keys.KeyUnreadable:
        messages.error(request, loading.describe_locked_key())
        return redirect("admin:chat_endpoint_change", pk)
    title = _("Test of %(model)s") % {"model": model.name}
    return page(request, "admin/chat/endpoint/test.html", title, findings=findings, model=model)


@require_POST
@by_superusers
def dismiss(request: HttpRequest) -> HttpResponse:
    """Show *Get started* no more to the one who asks for that."""
    FirstSteps.objects.get_or_create(user=user_of(request))
    return redirect("admin:index")


def read_saved(request: HttpRequest, endpoint: Endpoint) -> None:
    """Ask an endpoint for its models, keep what it says and tell about it."""
    read_now(endpoint)
    endpoint.save(update_fields=["address", "listed", "error", "read_at", "changed"])
    tell_report(request, endpoint)


def tell_report(request: HttpRequest, endpoint: Endpoint) -> None:
    """Say what came of asking an endpoint for its models."""
    if endpoint.error:
        messages.warning(request, endpoint.error)
        return
    count = len(endpoint.listed)
    text = ngettext(
        "The server responds and lists %(n)d model.",
        "The server responds and lists %(n)d models.",
        count,
    )
    messages.success(request, text % {"n": count})


def note(request: HttpRequest, endpoint: Endpoint, text: str) -> None:
    """Note in the history of the administration what was done, without any key."""
    LogEntry.objects.log_actions(user_of(request).pk, [endpoint], CHANGE, text, single_object=True)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < len(str(2**63)) else 0
