"""Tags of the chat's templates: the list of chats, an answer's HTML."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from operator import attrgetter, itemgetter
from typing import Any
from uuid import UUID

from django import template
from django.utils.safestring import SafeString, mark_safe

from aiapp.llm import registry, speech
from aiapp.markdown import render, render_numbered
from aiapp.text.invisible import show_invisible
from chat.conversations.listing import load_listing
from chat.models import Citation, Conversation, Message, Turn
from chat.reading.shown_thoughts import describe_time
from chat.tools import showing
from documents.text.blocks import Block, blocks, blocks_below

register = template.Library()


@register.filter
def visible(text: object) -> str:
    """A model's or a stranger's words with what cannot be seen in them shown by its code."""
    return show_invisible(str(text))


@register.inclusion_tag("chat/_chats.html", takes_context=True)
def chats(context: template.Context) -> dict[str, Any]:
    """The first page of the signed-in user's chats, with the one that is open marked."""
    conversation = context.get("conversation")
    return {
        "listing": load_listing(context["request"].user),
        "current": conversation.id if conversation else None,
    }


@register.simple_tag
def chat_menus() -> list[Conversation]:
    """Stand-ins for the chats of the list, of whose menus scripts make those of the others."""
    return [Conversation(id=UUID(int=0), pinned=pinned) for pinned in (False, True)]


@register.filter
def answer(message: Message) -> SafeString:
    """The answer's text as HTML, its citation marks leading to this message's own sources."""
    numbers = [citation.n for citation in message.citations.all()]
    html, message.numbers = render_numbered(message.content, sources=max(numbers, default=0))
    # A page holds many answers, each with a source 1. In text a quotation mark is escaped, so
    # this finds links only.
    linked = html.replace('href="#source-', f'href="#source-{message.id}-')
    return mark_safe(linked)  # noqa: S308 - sanitized by `render`


@register.filter
def sources(message: Message) -> list[Citation]:
    """The answer's sources by the numbers that its marks show; those without a mark come last."""
    cited = list(message.citations.all())
    if cited and message.numbers is None:
        answer(message)
    numbers = message.numbers or {}
    for citation in cited:
        citation.shown = numbers.get(citation.n, 0)
    free = count(len(numbers) + 1)
    for citation in cited:
        citation.shown = citation.shown or next(free)
    return sorted(cited, key=attrgetter("shown"))


@register.filter
def quote_blocks(citation: Citation) -> list[Block]:
    """Return the blocks of a quote that holds a table; none of any other, which stays as it is.

    Rows come with the names of their columns, where those stand further above.
    """
    if citation.columns:
        return blocks_below(citation.columns, citation.quote)
    found = blocks(citation.quote)
    return found if any(block.kind == "table" for block in found) else []


@register.filter
def thought_time(seconds: float) -> str:
    """Say how long a model thought."""
    return describe_time(seconds)


@register.filter
def snapshot(message: dict[str, Any], place: int) -> SafeString:
    """`answer` for a message of a snapshot, the sources being those of a place on the page."""
    numbers = [citation["n"] for citation in message["citations"]]
    html, shown = render_numbered(message["content"], sources=max(numbers, default=0))
    message["numbers"] = shown
    linked = html.replace('href="#source-', f'href="#source-{place}-')
    return mark_safe(linked)  # noqa: S308 - sanitized by `render`


@register.filter
def snapshot_sources(message: dict[str, Any]) -> list[dict[str, Any]]:
    """`sources` for a message of a snapshot, after `snapshot`."""
    numbers = message["numbers"]
    free = count(len(numbers) + 1)
    cited = [
        each | {"shown": numbers.get(each["n"]) or next(free)} for each in message["citations"]
    ]
    return sorted(cited, key=itemgetter("shown"))


@register.filter
def render_markdown(text: str) -> SafeString:
    """A model's Markdown as HTML, for text whose sources are listed beside it."""
    return mark_safe(render(text, sources=0))  # noqa: S308 - sanitized by `render`


@register.filter
def dollars(amount: Decimal) -> str:
    """Two digits that say something: 12.34, 0.56, 0.0021; less than that is 0.0001."""
    if amount >= Decimal("0.1"):
        return f"{amount:.2f}"
    return f"{max(amount, Decimal('0.0001')):.4f}"


@dataclass(frozen=True, slots=True)
class Version:
    """The message's position among those at the same place, and its neighbours."""

    n: int
    of: int
    before: UUID | None
    after: UUID | None


@register.filter
def version(message: Message) -> Version | None:
    """None where there is only one, or where nobody has looked for others."""
    if not message.siblings or message.siblings == [message.id]:
        return None
    siblings = [None, *message.siblings, None]
    at = siblings.index(message.id)
    return Version(at, len(message.siblings), siblings[at - 1], siblings[at + 1])


@register.filter
def label_of_model(name: str) -> str:
    """Return what a model is called on pages."""
    return registry.get_title(name)


@register.filter
def only_quotes(turn: Turn | None) -> bool:
    """Return True for an answer that quotes, so that it claims nothing that is not there."""
    return turn is not None and registry.info(turn.speaker).verbatim


@register.simple_tag
def is_connected() -> bool:
    """Return True if a model can write answers, besides the packaged one."""
    return registry.is_connected()


@register.simple_tag
def has_models() -> bool:
    """Return True if there is another model to answer with."""
    return len(registry.known_names()) > 1


@register.simple_tag
def speaks() -> bool:
    """Return True if a service reads answers aloud."""
    return speech.is_configured()


@register.filter
def calls(message: Message) -> list[showing.CallView]:
    """The tools that the answer has called, in their order."""
    owner = message.conversation.owner
    return [showing.view_call(call, owner) for call in message.calls.all()]


@register.filter
def turn_of(message: Message) -> Turn | None:
    """The turn that makes or made this message; None for one that a program brought along."""
    return getattr(message, "turn", None)
