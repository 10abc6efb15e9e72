"""A test of a model: a real question, a call of a tool, a picture; told in plain sentences.

It costs a few hundred tokens, waits for no more than `SECONDS`, and keeps what it found the model
to be able to.
"""

import asyncio
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from PIL import Image

from aiapp.llm import vendors
from aiapp.llm.base import Client, End, Prompt, Reasoning, Text, ToolCall
from aiapp.llm.catalogue import lessons
from aiapp.llm.endpoints import Endpoint
from aiapp.llm.errors import (
    BrokenAnswer,
    ContextTooLong,
    ModelBusy,
    ModelError,
    ModelRefused,
    ModelUnavailable,
)
from aiapp.llm.providers.openai import ollama
from chat.endpoints import probing
from chat.endpoints.presets import OLLAMA
from chat.endpoints.probing import Server

SECONDS, STEP_SECONDS = 60.0, 40.0
# A model that thinks writes a few hundred before it answers.
MAX_TOKENS = 1_000
MAX_SHOWN = 80
# Rules, passages, a little of the chat and an answer.
ENOUGH_CONTEXT = 16_000
QUESTION = "What is the capital of France? Answer with its name and nothing else."
TOOL_QUESTION = "Which temperature has Paris now? Call the tool get_temperature to find out."
PICTURE_QUESTION = "Which colour is this picture? Answer with one word."
TOOL = {
    "type": "function",
    "function": {
        "name": "get_temperature",
        "description": "Returns the temperature of a city at this moment.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


class Outcome(StrEnum):
    GOOD, POOR, BAD = "good", "poor", "bad"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried, and what came of it in a sentence."""

    outcome: Outcome
    title: str
    sentence: str


@dataclass(slots=True)
class Findings:
    """The findings of a test, for the page and for the endpoint's row."""

    steps: list[Step] = field(default_factory=list)
    # By the fields of `ModelInfo`.
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def is_usable(self) -> bool:
        return bool(self.steps) and all(step.outcome is not Outcome.BAD for step in self.steps[:1])


@dataclass(slots=True)
class _Said:
    text: str = ""
    pieces: int = 0
    first_after: float = 0.0
    thought: bool = False
    calls: list[ToolCall] = field(default_factory=list)


async def try_model(server: Server, endpoint: Endpoint, model: str, *, sees: bool) -> Findings:
    """Try what a model can do; `sees` says whether it is said to take pictures."""
    findings = Findings()
    place = vendors.Place(endpoint.vendor, endpoint.base_url, endpoint.api_key, model)
    client = await vendors.make_client(place)
    trial = _Trial(client, server, model, findings)
    try:
        async with asyncio.timeout(SECONDS):
            if await trial.ask():
                await trial.call_tool()
                if sees:
                    await trial.show_picture()
                if server.kind == OLLAMA:
                    await trial.read_context()
    except TimeoutError:
        findings.steps.append(
            Step(Outcome.POOR, _("Time"), _("The rest was skipped because it took too long."))
        )
    finally:
        await client.close()
    _tell_refused(findings, lessons.find_refused(place.base_url, model))
    return findings


@dataclass(slots=True)
class _Trial:
    client: Client
    server: Server
    model: str
    findings: Findings

    async def ask(self) -> bool:
        """Ask a question; without an answer nothing else is worth trying."""
        said = await self._say(_("Question"), Prompt(self.model, [_ask(QUESTION)]))
        if said is None:
            return False
        if not said.text.strip():
            self._note(Outcome.BAD, _("Question"), _("It returned an empty answer."))
            return False
        seconds = f"{said.first_after:.1f}"
        sentence = _("It answered “%(answer)s”; the first word came after %(seconds)s s.") % {
            "answer": _shorten(said.text),
            "seconds": seconds,
        }
        self._note(Outcome.GOOD, _("Question"), sentence)
        if said.thought:
            self._note(Outcome.GOOD, _("Thinking"), _("It shows what it thinks."))
        return True

    async def call_tool(self) -> None:
        prompt = Prompt(self.model, [_ask(TOOL_QUESTION)], options={"tools": [TOOL]})
        said = await self._say(_("Tools"), prompt)
        if said is None:
            return
        calls = any(call.name == "get_temperature" for call in said.calls)
        self.findings.facts["tools"] = calls
        if calls:
            self._note(Outcome.GOOD, _("Tools"), _("It calls tools."))
        else:
            sentence = _(
                "It was offered a tool but did not call it, so it will not be offered any."
            )
            self._note(Outcome.POOR, _("Tools"), sentence)

    async def show_picture(self) -> None:
        url = f"data:image/png;base64,{_draw_red()}"
        parts = [
            {"type": "text", "text": PICTURE_QUESTION},
            {"type": "image_url", "image_url": {"url": url}},
        ]
        said = await self._say(
            _("Pictures"), Prompt(self.model, [{"role": "user", "content": parts}])
        )
        if said is None:
            return
        sees = "red" in said.text.lower()
        self.findings.facts["vision"] = sees
        if sees:
            self._note(Outcome.GOOD, _("Pictures"), _("It sees pictures."))
        else:
            sentence = _("It was shown a red picture and said “%(answer)s”.")
            shown = _shorten(said.text)
            self._note(Outcome.POOR, _("Pictures"), sentence % {"answer": shown})

    async def read_context(self) -> None:
        """Read how much Ollama has just loaded the model with: it cuts what is longer."""
        told = await ollama.describe(self.server.address, self.server.key, [self.model])
        context = told.get(self.model, {}).get("context", 0)
        if not context:
            return
        self.findings.facts["context"] = context
        amount = {"tokens": f"{context:,}"}
        if context >= ENOUGH_CONTEXT:
            sentence = _("It reads %(tokens)s tokens at once.") % amount
            self._note(Outcome.GOOD, _("Context"), sentence)
            return
        sentence = _(
            "Ollama lets it read %(tokens)s tokens at once, so long chats and documents reach it"
            " shortened. Start Ollama with OLLAMA_CONTEXT_LENGTH=16384 or more, then test again."
        )
        self._note(Outcome.POOR, _("Context"), sentence % amount)

    async def _say(self, title: str, prompt: Prompt) -> _Said | None:
        """Return what the model says; None, with a step that tells why, if it fails."""
        try:
            async with asyncio.timeout(STEP_SECONDS):
                return await _listen(self.client, replace(prompt, max_tokens=MAX_TOKENS))
        except TimeoutError:
            sentence = _("It did not finish within %(seconds)d s.") % {"seconds": STEP_SECONDS}
        except ModelError as error:
            sentence = explain_error(self.server, self.model, error)
        self._note(Outcome.BAD, title, sentence)
        return None

    def _note(self, outcome: Outcome, title: str, sentence: str) -> None:
        self.findings.steps.append(Step(outcome, title, sentence))


async def _listen(client: Client, prompt: Prompt) -> _Said:
    said, began = _Said(), time.monotonic()
    async with aclosing(client.stream(prompt)) as pieces:
        async for piece in _pieces(pieces):
            said.first_after = said.first_after or time.monotonic() - began
            match piece:
                case Text(text):
                    said.text += text
                    said.pieces += 1
                case Reasoning():
                    said.thought = True
                case ToolCall():
                    said.calls.append(piece)
    return said


async def _pieces(pieces: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for piece in pieces:
        if not isinstance(piece, End):
            yield piece


def explain_error(server: Server, model: str, error: ModelError) -> str:
    """Say what a model's error means for the one who connects it, and what to do."""
    words, status = error.upstream_text, error.upstream_status
    is_unknown = isinstance(error, ModelRefused) and status not in probing.NO_ACCESS
    if is_unknown and (status == probing.NOT_FOUND or "model" in words.lower()):
        return _("The server has no model “%(model)s” that this key may use.") % {"model": model}
    if status and not isinstance(error, ContextTooLong):
        return probing.explain_status(server, status, words)
    return next(
        (say() for kind, say in _MEANINGS.items() if isinstance(error, kind)), error.message
    )


_MEANINGS: dict[type[ModelError], Callable[[], str]] = {
    ModelBusy: lambda: _("The server is busy or has limited this key. Try again later."),
    ContextTooLong: lambda: _("The context of the model is too short even for this question."),
    BrokenAnswer: lambda: _("The answer of the server broke off or was not understood."),
    ModelUnavailable: lambda: _(
        "The server did not answer. Is it running, and is this its address?"
    ),
}


def _tell_refused(findings: Findings, refused: Sequence[str] | frozenset[str]) -> None:
    if not refused:
        return
    if "tools" in refused:
        findings.facts["tools"] = False
    sentence = _("Its server refuses %(what)s, so questions are sent without it.") % {
        "what": ", ".join(sorted(refused))
    }
    findings.steps.append(Step(Outcome.POOR, _("Refused"), sentence))


def _ask(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


@cache
def _draw_red() -> str:
    """Return a red picture as base64; smaller ones are refused by some models."""
    data = BytesIO()
    Image.new("RGB", (64, 64), (220, 20, 20)).save(data, "PNG")
    return b64encode(data.getvalue()).decode()
