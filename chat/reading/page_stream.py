"""A turn's events for the chat page: Markdown rendered here, block by block.

A finished block is sent once and never drawn again; the open one is sent as `tail`, as often as
the renderer can afford. `id:` stands on the last event of a group, so a reader that resumes has
all of the group or none.

A page that resumes has blocks on show already: the log is replayed up to its position without a
word, so that the renderer stands where the page does.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from functools import partial
from typing import Any

import orjson
from django.template.loader import render_to_string
from django.utils import translation

from aiapp.db import in_db
from aiapp.http.sse import HEARTBEAT, HEARTBEAT_SECONDS, encode
from aiapp.markdown.places import render_aside
from aiapp.markdown.stream import Stream
from chat.conversations.conversations import mark_costs, mark_siblings
from chat.conversations.withholding import withhold
from chat.log.events import BEGINNING, Entry, Kind, Position
from chat.log.statuses import translate
from chat.models import Message, Turn
from chat.reading.reader import read
from chat.reading.shown_thoughts import ShownThoughts
from chat.tools import showing


async def page_events(
    turn: Turn, after: Position = BEGINNING, language: str | None = None
) -> AsyncGenerator[bytes, None]:
    """The page's events after a position, to the end; what we say in them is in its language."""
    loop = asyncio.get_running_loop()
    page = _Page(turn, after, language)
    last_drawing = last_sent = loop.time()
    yield HEARTBEAT
    async with aclosing(read(turn)) as batches:
        async for batch in batches:
            if not batch:
                if loop.time() - last_sent >= HEARTBEAT_SECONDS:
                    last_sent = loop.time()
                    yield HEARTBEAT
                continue
            await render_aside(page.pending(batch), partial(page.take_all, batch))
            if not page.is_over:
                await asyncio.sleep(max(0.0, last_drawing + page.interval - loop.time()))
            if page.is_over:
                await page.load_end()
            last_drawing = loop.time()
            if group := await render_aside(page.pending(), page.draw):
                last_sent = last_drawing
                yield group


class _Page:
    """The state of a turn on one open page, and the updates that it must be sent."""

    def __init__(self, turn: Turn, after: Position, language: str | None) -> None:
        self._turn = turn
        self._language = language
        self._after = after
        self._position = BEGINNING
        self._markdown = Stream()
        self._news: list[tuple[str, Any]] = []
        self._foot = ""
        self._calls = showing.RunningCalls()
        self._final_calls = self._final_thoughts = ""
        self._sources = 0
        self._thoughts = ShownThoughts()
        self._done: dict[str, Any] | None = None

    @property
    def is_over(self) -> bool:
        return self._done is not None

    @property
    def interval(self) -> float:
        """The wait between two drawings, in seconds."""
        return self._markdown.rest

    def pending(self, batch: Iterable[Entry] = ()) -> int:
        """Return about how many characters are to be rendered, those of a batch among them."""
        fed = sum(len(entry.json) for entry in batch if entry.kind == Kind.DELTA)
        return self._markdown.pending + fed

    def take_all(self, batch: Iterable[Entry]) -> None:
        for entry in batch:
            self.take(entry)

    def take(self, entry: Entry) -> None:  # noqa: C901 - a case an event
        """Let an event work on the page's state."""
        if self._after < entry.position and self._position <= self._after:
            # From here on the page has not seen it: what was drawn so far, it has.
            self._catch_up()
        self._position = entry.position
        match entry.kind:
            case Kind.DELTA:
                self._markdown.feed(entry.data["text"])
                self._thoughts.end()
            case Kind.REASONING:
                self._thoughts.feed(entry.data)
            case Kind.RESTARTED:
                self._thoughts = ShownThoughts()
                self._markdown = Stream(sources=self._sources)
                self._news = [("restarted", {})]
                self._calls = showing.RunningCalls()
            case Kind.PASSAGES:
                # More may come while the answer is being written, from a search as a tool.
                self._sources = max((passage["n"] for passage in entry.data), default=0)
                self._markdown.sources = self._sources
            case Kind.TOOL_CALL | Kind.TOOL_RESULT | Kind.CONFIRM:
                self._calls.hear(entry.kind, entry.data)
            case Kind.STATUS:
                with translation.override(self._language):
                    self._news.append(("status", {"text": translate(entry.data)}))
            case Kind.ERROR:
                self._news.append(("error", entry.data))
            case Kind.DONE:
                self._done = entry.data

    def _catch_up(self) -> None:
        self._news.clear()
        self._calls.changed = False
        self._thoughts.news.clear()
        for _ in self._blocks():
            pass

    def _blocks(self) -> Iterator[tuple[str, dict[str, Any]]]:
        blocks = self._markdown.finish() if self.is_over else self._markdown.take()
        for block in blocks:
            yield "block" if block.final else "tail", {"i": block.i, "html": block.html}

    async def load_end(self) -> None:
        """Render what stands under a finished answer."""
        ends = await in_db(_render_end, self._turn, self._language)
        self._foot, self._final_calls, self._final_thoughts = ends
        # Those that wait can be decided now.
        self._calls.changed = bool(self._final_calls)

    def _running_calls(self) -> str:
        with translation.override(self._language):
            return render_to_string("chat/_calls.html", self._calls.context)

    def draw(self) -> bytes:
        """The news as one group of events, the position on the last."""
        if self._position <= self._after and not self.is_over:
            return b""
        with translation.override(self._language):
            thoughts = list(self._thoughts.draw())
        events = [*self._news, *thoughts, *self._blocks()]
        self._news = []
        if self._calls.changed:
            events.append(("calls", {"html": self._final_calls or self._running_calls()}))
            self._calls.changed = False
        if self._done is not None:
            if self._final_thoughts:
                events.append(("thoughts", {"html": self._final_thoughts}))
            events.append(("citations", {"html": self._foot}))
            events.append(("done", {"state": self._done["state"]}))
        if not events:
            return b""
        *before, (kind, data) = events
        lines = [encode(orjson.dumps(each), event=name) for name, each in before]
        last = encode(orjson.dumps(data), event=kind, id=str(self._position))
        return b"".join([*lines, last])


def _render_end(turn: Turn, language: str | None) -> tuple[str, str, str]:
    """Render the foot of an ended answer, its calls, those that wait with their form, and a way to
    its thoughts.
    """
    message = (
        Message.objects.select_related("turn", "feedback")
        .prefetch_related("citations__version", "calls")
        .get(id=turn.message_id)
    )
    withhold(turn.owner, [message])
    mark_siblings([message])
    mark_costs([message])
    calls = [showing.view_call(call, turn.owner) for call in message.calls.all()]
    # The request, whose language was the page's, is over.
    with translation.override(language):
        return (
            render_to_string("chat/_foot.html", {"message": message, "turn": message.turn}),
            render_to_string("chat/_calls.html", {"calls": calls}) if calls else "",
            _render_thoughts(message),
        )


def _render_thoughts(message: Message) -> str:
    context = {"message": message, "turn": message.turn}
    return render_to_string("chat/_thoughts.html", context).strip()
