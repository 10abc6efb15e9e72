"""Markdown that is still being written, rendered block by block.

    feed(text) -> open text -> parsed from the start of the open block -> groups, one per block
                                 | those that no further text can change: final, dropped
                                 | the others together: the tail, drawn again at each take

A take costs as much as the open block is long, whatever came before it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from time import perf_counter
from typing import Any, NamedTuple

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from aiapp.markdown import parser
from aiapp.markdown.blocks import Group, Lines, group
from aiapp.markdown.clean import clean
from aiapp.markdown.marks import is_citation

# What one stream may take of a core's time, and how often a tail is drawn at most.
SHARE = 0.05
MIN_REST_SECONDS = 1 / 15
# A book has more; what comes after so many characters is shown as it was written.
MAX_TEXT_CHARS = 200_000

_line_end = re.compile(r"\r\n?")
_surrogate = re.compile(r"[\ud800-\udfff]")
_parser = cache(parser.build)

References = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Block:
    """HTML of a finished block or, if not `final`, of all that may still change."""

    i: int
    html: str
    final: bool


class _Place(NamedTuple):
    """The things that a block knows of those before it."""

    references: References
    outline: list[int]
    numbers: dict[int, int]


@dataclass(slots=True)
class Stream:
    """Feed it text as it comes, take the blocks that are new or have changed.

    A tail has the number of the next block: the tail after it takes its place, and so does that
    block. The final blocks and the last tail, joined, are `render` of the text so far.
    """

    sources: int = 0
    # What the sources are called where they are shown: counted as they are first cited.
    numbers: dict[int, int] = field(default_factory=dict)
    # How many seconds to let pass before the next take.
    rest: float = MIN_REST_SECONDS
    _fed: list[str] = field(default_factory=list)
    _buffer: str = ""
    _open: str = ""
    # How many characters from the beginning of `_open` on are read as Markdown.
    _room: int = MAX_TEXT_CHARS
    _pending: int = 0
    _count: int = 0
    _tail: str = ""
    _references: References = field(default_factory=dict)
    # The levels of the headings that the text stands under, as the text counts them.
    _outline: list[int] = field(default_factory=list)

    @property
    def pending(self) -> int:
        """Return how many characters the next take works on."""
        return len(self._open) + self._pending

    def feed(self, text: str) -> None:
        self._fed.append(text)
        self._pending += len(text)

    def take(self) -> list[Block]:
        if not self._fed:
            return []
        started = perf_counter()
        text = self._buffer + "".join(self._fed)
        self._fed.clear()
        self._pending = 0
        # The rest of a line end or of a character may come with the next piece.
        held = len(text) - 1 if text.endswith("\r") or "\ud800" <= text[-1:] <= "\udbff" else None
        self._open += _normalize(text[:held])
        self._buffer = "" if held is None else text[held:]
        blocks = self._render(ended=False)
        self.rest = max(MIN_REST_SECONDS, (perf_counter() - started) / SHARE)
        return blocks

    def finish(self) -> list[Block]:
        """All that is left, as final blocks."""
        self._open += _normalize(self._buffer + "".join(self._fed))
        self._buffer = ""
        self._fed.clear()
        self._pending = 0
        return self._render(ended=True)

    def _render(self, *, ended: bool) -> list[Block]:
        whole = self._open + _normalize(self._buffer)
        source, beyond = whole[: self._room], whole[self._room :]
        groups = group(_parse(source))
        lines = Lines(source.split("\n"), self._open[: self._room].count("\n"))
        final = lines.count_final(groups)
        if beyond:
            groups.append(Group([_verbatim(beyond)], lines.complete, lines.complete))
        final = len(groups) if ended else final
        place = _Place(self._references, self._outline, self.numbers)
        blocks: list[Block] = []
        for item in groups[:final]:
            if html := self._html(item.tokens, place):
                blocks.append(Block(self._count, html, final=True))
                self._count += 1
        if ended:
            self._open = ""
        elif final:
            # The blank lines behind a block count as its own; the last may be one that is held.
            end = min(groups[final - 1].end, lines.complete)
            open_text = self._open.split("\n", end)[end]
            self._room -= len(self._open) - len(open_text)
            self._open = open_text
        # What the tail defines and cites may still change, so it is not kept.
        place = _Place(dict(self._references), list(self._outline), dict(self.numbers))
        tail = "".join(self._html(item.tokens, place) for item in groups[final:])
        # A final block has taken the place of the tail before it, whatever that was.
        if (tail and blocks) or (tail != self._tail and not blocks):
            blocks.append(Block(self._count, tail, final=False))
        self._tail = tail
        return blocks

    def _html(self, tokens: list[Token], place: "_Place") -> str:
        for token in tokens:
            if token.type == "definition":
                self._define(token.meta, place.references)
        env = place._asdict() | {"sources": self.sources}
        state = StateCore("", _parser(), env)
        state.tokens = tokens
        _parser().core.process(state)
        return clean(_parser().renderer.render(tokens, _parser().options, state.env))

    def _define(self, meta: dict[str, Any], references: References) -> None:
        # A text must not turn the markers of its sources into links of its own.
        if not is_citation(meta["label"], self.sources):
            references.setdefault(meta["id"], {"href": meta["url"], "title": meta["title"]})


def _parse(source: str) -> Sequence[Token]:
    tokens: list[Token] = []
    _parser().block.parse(source, _parser(), {}, tokens)
    return tokens


def _verbatim(text: str) -> Token:
    """A block of text as it was written."""
    return Token("code_block", "code", 0, content=text)


def _normalize(text: str) -> str:
    if _surrogate.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _line_end.sub("\n", text).replace("\0", "\ufffd")
