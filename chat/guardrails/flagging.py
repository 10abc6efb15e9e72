"""Judge a text by the marks of an injection."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from chat.guardrails.patterns import PATTERNS
from chat.guardrails.plain import decode_base64, decode_tag_characters, plain
from documents.search import Passage

# A text of which more is unread is a file, and was judged by its passages.
MAX_CHARS = 100_000
EXCERPT = 160
# While an expression is searched for, no other thread runs, so a text is searched in windows, each
# of which goes on into the next by more than the longest mark.
WINDOW, MARK_CHARS = 8_192, 1_024
# That a text hides its words says something whatever they are.
DISGUISED = 0.5


@dataclass(frozen=True, slots=True)
class Flag:
    """The findings in a text.

    `source` is question, passage, tool or answer, or moderation for a service's judgement. `score`
    is from 0 to 1: the chance that at least one mark is right, were they independent. `excerpt` is
    what matched first.
    """

    source: str
    rules: list[str]
    score: float
    excerpt: str = ""
    document: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def flag(text: str, source: str, *, document: str = "") -> Flag | None:
    """Judge a text; None if nothing is found, which says little: see docs/security.md."""
    text = text[:MAX_CHARS]
    weights: dict[str, float] = {}
    excerpt = ""
    for each, is_disguised in _list_readings(text):
        for pattern in PATTERNS:
            if match := _search(pattern.expression, each):
                excerpt = excerpt or match[0][:EXCERPT]
                weights[pattern.name] = max(weights.get(pattern.name, 0), pattern.weight)
                if is_disguised:
                    weights["is_disguised"] = DISGUISED
    if not weights:
        return None
    doubt = 1.0
    for weight in weights.values():
        doubt *= 1 - weight
    return Flag(source, sorted(weights), round(1 - doubt, 3), excerpt, document)


def find_flags(passages: Iterable[Passage]) -> list[Flag]:
    """Return the findings in passages of documents."""
    flags = (flag(each.text, "passage", document=str(each.document_id)) for each in passages)
    return [each for each in flags if each is not None]


def _search(expression: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first match, as `search` has it, found without holding up all other threads for long."""
    for start in range(0, len(text), WINDOW):
        if match := expression.search(text, start, start + WINDOW + MARK_CHARS):
            return match
    return None


def _list_readings(text: str) -> Iterable[tuple[str, bool]]:
    """The text, and what it hides."""
    yield plain(text), False
    for disguised in (*decode_base64(text), decode_tag_characters(text)):
        if disguised:
            yield plain(disguised), True
