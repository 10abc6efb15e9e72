"""A chat to take away: as Markdown to read, or as JSON to bring back in (`chat.importing`)."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from aiapp.markdown.citations import marks, numbers_of
from aiapp.text.columns import join_names
from chat.conversations import conversations
from chat.models import Citation, Conversation, Message

FORMAT, VERSION = "aiapp-chat", 1
# More than anybody has written in one chat.
MAX_MESSAGES = 100_000


def export_json(conversation: Conversation) -> dict[str, Any]:
    """The whole tree of messages, with the citations that its owner may see. Times are ISO 8601."""
    messages = conversations.tree(conversation, after=None, limit=MAX_MESSAGES)
    leaf = conversations.find_leaf(conversation)
    return {
        "format": FORMAT,
        "version": VERSION,
        "id": str(conversation.id),
        "title": conversation.title,
        "created": conversation.created.isoformat(),
        "updated": conversation.updated.isoformat(),
        "leaf": str(leaf) if leaf else None,
        "messages": [_message(each) for each in messages],
    }


def export_markdown(conversation: Conversation) -> str:
    """The branch that is shown, with sources as footnotes."""
    branch = conversations.branch(conversation, limit=MAX_MESSAGES)
    return "\n".join(_lines(conversation, branch)).strip() + "\n"


def _message(message: Message) -> dict[str, Any]:
    turn = getattr(message, "turn", None)
    return {
        "id": str(message.id),
        "parent": str(message.parent_id) if message.parent_id else None,
        "role": message.role,
        "content": message.content,
        # For readers; whoever imports the file believes none of it.
        "origin": message.origin,
        "created": message.created.isoformat(),
        "model": turn.model if turn else None,
        "citations": [_citation(each) for each in message.citations.all() if each.quote],
        # By their names in the user's archive.
        "pictures": [{"id": str(a.id), "filename": a.filename} for a in message.attachments.all()],
    }


def _citation(citation: Citation) -> dict[str, Any]:
    return {
        "n": citation.n,
        "document": citation.document_title,
        "address": citation.address,
        "page": citation.page,
        "quote": citation.quote,
        "columns": citation.columns,
        "supported": citation.supported,
    }


def _lines(conversation: Conversation, branch: Iterable[Message]) -> Iterator[str]:
    yield f"# {conversation.title or _('New chat')}\n"
    for number, message in enumerate(branch, 1):
        if message.role == Message.Role.SYSTEM:
            continue
        yield f"## {_speaker(message)}\n"
        cited = [each for each in message.citations.all() if each.quote]
        for picture in message.attachments.all():
            yield f"*[{picture.filename}]*\n"
        yield _convert_footnotes(message.content, number, {each.n for each in cited})
        yield ""
        for each in cited:
            page = _(", page %(page)s") % {"page": each.page} if each.page else ""
            page += f", <{each.address}>" if each.address else ""
            columns = join_names(each.columns)
            page += (
                _(" (columns, further above: %(columns)s)") % {"columns": columns}
                if columns
                else ""
            )
            quote = " ".join(each.quote.split())
            yield f"[^{number}-{each.n}]: {each.document_title}{page}: “{quote}”"
        if cited:
            yield ""


def _speaker(message: Message) -> str:
    if message.role != Message.Role.USER:
        said = _("Assistant")
    else:
        said = _("Question") if message.is_foreign else _("You")
    return f"{said} ({message.get_origin_display()})" if message.is_foreign else said


def _convert_footnotes(content: str, message: int, sources: set[int]) -> str:
    """Marks as footnotes, whose names are told apart by the message's number."""

    parts, at = [], 0
    for mark in marks(content):
        numbers = numbers_of(mark)
        # A link has an address behind its brackets.
        if sources.isdisjoint(numbers) or content[mark.end() : mark.end() + 1] == "(":
            continue
        parts.append(content[at : mark.start()])
        parts += [f"[^{message}-{n}]" if n in sources else f"[{n}]" for n in numbers]
        at = mark.end()
    return "".join([*parts, content[at:]])
