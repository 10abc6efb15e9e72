"""The prompt given for an answer, in parts with their tokens, to be looked at afterwards.

Kept are the user's own words and where the rest is to be found; the text of documents is not, since
access to them may end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from accounts.models import User
from aiapp.llm import registry
from aiapp.llm.base import Prompt
from aiapp.llm.tokens import PICTURE_TOKENS, estimate, estimate_content
from chat.models import Message, Summary
from chat.turns.question import TurnQuestion
from documents.access import readable_documents
from documents.models import Version
from documents.search import Passage

Parts = list[dict[str, Any]]


@dataclass(slots=True)
class Part:
    """One part. `name` is `rules`, `instructions`, `facts`, `notes`, `history`, `passages`,
    `tools`, `question`, or `request` for a program's own messages."""

    name: str
    tokens: int
    # What it says, if that is the user's own to see.
    text: str = ""
    # How many messages it is.
    messages: int = 0
    # `{document, title, page}`; empty where the document may not be opened any more.
    passages: list[dict[str, Any]] = field(default_factory=list)
    # Of tools.
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PromptSnapshot:
    model: str
    # The longest prompt that the model takes, in tokens.
    context: int
    parts: list[Part]

    @property
    def tokens(self) -> int:
        """The tokens of all parts, each of which is estimated."""
        return sum(part.tokens for part in self.parts)

    @property
    def high(self) -> int:
        """The number of tokens from which on little room is left for an answer."""
        return self.context * 4 // 5


def list_parts(question: TurnQuestion, prompt: Prompt, passages: Sequence[Passage]) -> Parts:
    """The parts of a prompt that is about to be sent, as they are kept with its turn."""
    tools = prompt.options.get("tools") or []
    parts: Parts = []
    if question.turn.request is not None:
        parts.append(
            {
                "name": "request",
                "messages": len(prompt.messages),
                "tokens": _count_tokens(prompt.messages) - _count_passage_tokens(passages),
            }
        )
    else:
        parts += _list_own_parts(question, prompt, passages)
    if passages:
        places = [{"version": str(each.version_id), "page": each.page} for each in passages]
        parts.append(
            {"name": "passages", "passages": places, "tokens": _count_passage_tokens(passages)}
        )
    if tools:
        # A program's may be of OpenAI's other kind.
        names = [(tool.get("function") or tool["custom"])["name"] for tool in tools]
        tokens = estimate(orjson.dumps(tools).decode())
        parts.append({"name": "tools", "names": names, "tokens": tokens})
    return parts


def _list_own_parts(
    question: TurnQuestion, prompt: Prompt, passages: Sequence[Passage]
) -> Iterable[dict[str, Any]]:
    if registry.info(question.turn.model).verbatim:
        yield {"name": "question", "text": "", "tokens": estimate(question.content)}
        return
    system, *history, _ = prompt.messages
    demo = registry.info(question.turn.model).demo
    own = "" if demo else question.instructions
    known = "" if demo else "\n".join(question.facts)
    notes = question.notes if not demo else None
    rest = estimate(str(system["content"])) - estimate(own) - estimate(known)
    yield {"name": "rules", "tokens": max(rest, 0)}
    if own:
        yield {"name": "instructions", "text": own, "tokens": estimate(own)}
    if known:
        yield {"name": "facts", "text": known, "tokens": estimate(known)}
    if notes:
        yield {"name": "notes", "summary": str(notes.id), "tokens": estimate(notes.text)}
    if history:
        yield {"name": "history", "messages": len(history), "tokens": _count_tokens(history)}
    pictures = sum(PICTURE_TOKENS for picture in question.pictures if picture.url)
    yield {"name": "question", "text": "", "tokens": estimate(question.content) + pictures}


def _count_tokens(messages: Sequence[Any]) -> int:
    return sum(estimate_content(message["content"]) for message in messages)


def _count_passage_tokens(passages: Sequence[Passage]) -> int:
    return sum(estimate(passage.full_text) for passage in passages)


def load_snapshot(user: User, answer: Message) -> PromptSnapshot | None:
    """Return the prompt that a user's own answer was made from; None if it was not kept."""
    turn = getattr(answer, "turn", None)
    if turn is None or turn.prompt is None:
        return None
    parts = [_load_part(user, dict(part), answer) for part in turn.prompt]
    return PromptSnapshot(turn.speaker, registry.info(turn.speaker).context, parts)


def _load_part(user: User, part: dict[str, Any], answer: Message) -> Part:
    if summary := part.pop("summary", None):
        rows = Summary.objects.filter(id=summary, conversation=answer.conversation_id)
        part["text"] = rows.values_list("text", flat=True).first() or ""
    if part["name"] == "question" and answer.parent is not None:
        part["text"] = answer.parent.content
    if "passages" in part:
        part["passages"] = _load_places(user, part["passages"])
    return Part(**part)


def _load_places(user: User, places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the places of the passages that the user may open now."""
    versions = {UUID(place["version"]) for place in places}
    open_to = readable_documents(user).values("pk")
    rows = Version.objects.filter(id__in=versions, document__in=open_to)
    titles = {
        str(id): {"document": document, "title": title}
        for id, document, title in rows.values_list("id", "document_id", "document__title")
    }
    return [
        titles[place["version"]] | {"page": place["page"]}
        if place["version"] in titles
        else {"document": None, "title": "", "page": None}
        for place in places
    ]
