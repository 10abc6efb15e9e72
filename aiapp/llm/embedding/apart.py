"""Vectors for texts that a service fails at, while it serves others.

Some models have no vector for some texts: Ollama answers 500 to a few of those that bge-m3 is
given, as often as they are sent ("unsupported value: NaN", ollama/ollama#15582), and others refuse
what is longer than they read. One such text would keep the whole of its document from being found,
and all of a site from its next model. So it is looked for, and has the mean of the vectors of its
parts. Where it turns out that fewer of the texts at once do, how many that are is learnt.
"""

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from aiapp.llm.errors import (
    BadRequest,
    BrokenAnswer,
    ContextTooLong,
    ModelError,
    ModelUnavailable,
)

logger = logging.getLogger(__name__)

Vector = list[float]
# Embeds in one request, and raises ModelError.
Embed = Callable[[Sequence[str]], list[Vector]]

# A service that embeds this is well.
HARMLESS = "text"
INTERNAL_ERROR = 500
UNUSABLE = {"embedding_not_finite", "malformed_embedding", "embedding_count"}
# Halves of halves, and so on; what is shorter is left out.
MAX_DEPTH = 4
MIN_CHARS = 20


def embed_apart(
    texts: Sequence[str], embed: Embed, error: ModelError, learn_size: Callable[[int], None]
) -> list[Vector]:
    """Embed texts that a service failed at together. `learn_size` is told how many it takes.

    Raises the error where that may be the service's own, or where no part of a text has a vector.
    """
    if not _may_be_of_a_text(error):
        raise error
    try:
        embed([HARMLESS])
    except ModelError:
        raise error from None
    search = _Search(embed)
    vectors = search.embed_around(texts, error)
    # A server that was away for a moment takes as many as before.
    if search.sizes and not search.has_parts and not isinstance(error, ModelUnavailable):
        learn_size(max(search.sizes))
    return vectors


def _may_be_of_a_text(error: ModelError) -> bool:
    match error:
        case BadRequest() | ContextTooLong():
            return True
        case ModelUnavailable():
            return error.upstream_status == INTERNAL_ERROR
        case BrokenAnswer():
            return error.reason in UNUSABLE
    return False


@dataclass(slots=True)
class _Search:
    """A search for what a service fails at: a text, or that there are so many of them."""

    embed: Embed
    # How many texts were embedded at once, and whether one of them was only in parts.
    sizes: list[int] = field(default_factory=list)
    has_parts: bool = False

    def embed_around(self, texts: Sequence[str], error: ModelError) -> list[Vector]:
        """Embed texts that a service failed at, half of them at a time."""
        if len(texts) == 1:
            self.has_parts = True
            return [_embed_in_parts(texts[0], self.embed, error)]
        middle = len(texts) // 2
        found: list[Vector] = []
        for some in (texts[:middle], texts[middle:]):
            try:
                found += self.embed(some)
                self.sizes.append(len(some))
            except ModelError as fault:
                if not _may_be_of_a_text(fault):
                    raise
                found += self.embed_around(some, fault)
        return found


def _embed_in_parts(text: str, embed: Embed, error: ModelError) -> Vector:
    parts = list(_find_parts(text, embed, MAX_DEPTH))
    logger.warning("text_embedded_in_parts", extra={"chars": len(text), "parts": len(parts)})
    mean = [math.fsum(column) / len(parts) for column in zip(*parts, strict=True)]
    if not any(mean):
        raise error
    return mean


def _find_parts(text: str, embed: Embed, depth: int) -> Iterator[Vector]:
    """Yield the vectors of the largest parts of a text that have one."""
    for half in _cut(text):
        try:
            yield from embed([half])
        except ModelError as fault:
            if not _may_be_of_a_text(fault):
                raise
            if depth > 1 and len(half) >= 2 * MIN_CHARS:
                yield from _find_parts(half, embed, depth - 1)


def _cut(text: str) -> Iterator[str]:
    """Yield the halves of a text, cut between words where there are any."""
    middle = len(text) // 2
    blank = text.rfind(" ", MIN_CHARS, middle)
    at = blank + 1 if blank > 0 else middle
    yield from (half for half in (text[:at], text[at:]) if half.strip())
