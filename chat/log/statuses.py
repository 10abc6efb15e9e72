"""The lines that say what is being done for an answer: English for programs, else in pages."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_noop

from chat.log.events import Event, Kind

SEARCHING = gettext_noop("Searching your documents")
READING = gettext_noop("Reading {passages} passages")
NOT_FOUND = gettext_noop("Your documents do not seem to contain this")
THINKING = gettext_noop("Thinking")
WAITING = gettext_noop("This question is already being answered")
QUEUED = gettext_noop("Waiting in the queue")
WAITING_FOR_MODEL = gettext_noop("Waiting for the model")
STOOD_IN = gettext_noop("{model} is unavailable. {stand_in} is answering")
CALLING = gettext_noop("Calling {tools}")


def status(line: str, **values: Any) -> Event:
    """Build the event: `text` for programs, `line` for pages in their reader's language."""
    return Event(Kind.STATUS, {"text": line.format(**values), "line": line, "values": values})


def translate(data: Mapping[str, Any]) -> str:
    """The text of a status event in the present language."""
    # A turn that a server of the version before began tells the text alone.
    return gettext(data["line"]).format(**data["values"]) if "line" in data else data["text"]
