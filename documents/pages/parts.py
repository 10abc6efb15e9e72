"""Helpers shared by the pages of documents and collections."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from aiapp.errors import AppError, NotFound


@contextmanager
def show_refusals(request: HttpRequest, about: str = "") -> Iterator[None]:
    """Show a refusal above the next page with its reason; let NotFound through."""
    try:
        yield
    except NotFound:
        raise
    except AppError as error:
        messages.error(request, f"{about[:100]}: {error.message}" if about else error.message)


def redirect_back(request: HttpRequest, fallback: str, *args: object) -> HttpResponse:
    """To the page that the form came from, if it names one of ours; else to the one given."""
    url = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure())
    return redirect(url if ours and url else resolve_url(fallback, *args))


def is_fragment(request: HttpRequest) -> bool:
    """Tell whether a script asks for the piece of the page alone, to show it in a dialog."""
    return request.headers.get("X-Requested-With") == "fetch"
