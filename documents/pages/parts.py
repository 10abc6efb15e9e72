"""Helpers shared by the pages of documents and collections."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

from aiapp.errors import AppError, NotFound
from aiapp.http.requests import read_next


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
    return redirect(read_next(request) or resolve_url(fallback, *args))


def is_fragment(request: HttpRequest) -> bool:
    """Tell whether a script asks for the piece of the page alone, to show it in a dialog."""
    return request.headers.get("X-Requested-With") == "fetch"
