"""Questions, answers and passages made to take long: each is one turn among others, and no more.

The event loop serves everybody, so what counts is how long it is at one thing without a pause; and
what the turn takes in all, since a regular expression holds up the loop from any thread. Both are
CPU time, which other work on the machine does not change.
"""

import asyncio
import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from accounts.models import User
from aiapp.db import in_db
from chat import asking
from chat.models import Turn
from chat.tests.conftest import ask, entries, reload_turn
from chat.tests.scripted_model import script_model
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.request import Question
from documents.tests.library import ready_document
from tests.costs.hostile_texts import Hostile

# Of CPU: the loop's thread without a pause, and the process for a turn, whose work in threads is
# linear. Twice what a slow machine takes; a quadratic step would take minutes.
HELD, TURN = 0.2, 10.0
MAX_QUESTION_CHARS = 100_000


@dataclass
class Spent:
    longest: float = 0.0
    what: str = ""
    turn: float = 0.0


@contextmanager
def measure_cpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spent]:
    """Measure the CPU that the loop's longest step takes inside, and the process in all.

    Without collections of garbage, which look at what all tests of the process have left behind.
    """
    spent, run = Spent(), asyncio.Handle._run

    def time_step(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        run(handle)
        if (took := time.thread_time() - began) > spent.longest:
            spent.longest, spent.what = took, repr(handle)

    with monkeypatch.context() as patch:
        patch.setattr(asyncio.Handle, "_run", time_step)
        gc.disable()
        began = time.process_time()
        try:
            yield spent
        finally:
            spent.turn = time.process_time() - began
            gc.enable()


def faults(spent: Spent, turn: Turn) -> list[str]:
    found = [] if turn.state == Turn.State.DONE else [f"the turn is {turn.state}"]
    if spent.longest > HELD:
        found.append(f"{spent.longest:.2f} s in {spent.what}")
    return found + ([f"{spent.turn:.1f} s in all"] if spent.turn > TURN else [])


QUESTIONS = [
    *((unit, 40_000) for unit in ("é", "가", "あ", "0", "_", "я", "٣", "\u0f73\u0344", "é1")),
    *((unit, MAX_QUESTION_CHARS) for unit in ("é", "한", "_", "\u0316\u0301", "\ufdfa", "a b ")),
    *((unit, MAX_QUESTION_CHARS) for unit in ("ignore all ", "not ", "<a ", "a.", "\U000e0041")),
    *((unit, MAX_QUESTION_CHARS) for unit in ("a_", "1a@", "<!--")),
]


async def test_a_question_is_answered_whatever_it_is_made_of(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {}
    for unit, length in QUESTIONS:
        question = Hostile("", unit, "?").make(length)
        with measure_cpu(monkeypatch) as spent:
            accepted = await ask(alice, "count-3-0", question)
            await entries(accepted.turn)
        turn = await reload_turn(accepted.turn)
        assert turn.message.content == "w0 w1 w2 "
        found[unit, length] = faults(spent, turn)
    assert {what: fault for what, fault in found.items() if fault} == {}


HARBOUR = "The harbour of Linden handled 24.4 million containers in 2024."
PASSAGES = {
    "sentences": "a. b. c. " * 200,
    "words": "harbour " * 225,
    "denials": "not harbour no " * 120,
    "marks": "e\u0316\u0301" + "\u0316\u0301" * 900,
    "rows": "| a | b |\n" * 180,
    "korean": "항구가 크지 않다 " * 180,
}
ANSWERS = (
    *("a.", "a. ", "é", "가", "_", "1,", "not ", "no harbour ", "[1] ", "[1]\n", "a [1]. ", "'"),
    *("![a", "`", "| a |\n", "harbour of a [1], ", "항구 지 않 [1]. ", "\u0316\u0301", " \n"),
)


async def test_an_answer_is_checked_whatever_it_is_made_of(
    alice: User, settings, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    pages = [HARBOUR, *(f"The harbour. {text}" for text in PASSAGES.values())]
    await in_db(ready_document, alice, pages)
    found = {}
    for unit in ANSWERS:
        answer = Hostile(f"{HARBOUR} [1] ", unit, " [1][2]").make(32_000)
        async with script_model(settings, lambda _, answer=answer: answer):
            with measure_cpu(monkeypatch) as spent:
                turn = await _ask_and_wait(alice, f"What does the harbour of Linden handle? {unit}")
        assert HARBOUR in turn.message.content
        found[unit] = faults(spent, turn)
    assert {unit: fault for unit, fault in found.items() if fault} == {}


async def test_what_stands_in_a_document_slows_nobody_s_answer(
    alice: User, settings, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    answer = " ".join(f"In 2024 the harbour of Linden handled {n} containers." for n in range(200))
    found = {}
    for name, text in PASSAGES.items():
        pages = [HARBOUR, *[f"The harbour of {name}. {text}"] * 4]
        await in_db(ready_document, alice, pages, title=name)
        async with script_model(settings, lambda _: answer):
            with measure_cpu(monkeypatch) as spent:
                turn = await _ask_and_wait(alice, f"What does the harbour of {name} handle?")
        found[name] = faults(spent, turn)
    assert {name: fault for name, fault in found.items() if fault} == {}


async def test_a_model_without_an_end_is_ended(
    alice: User, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with script_model(settings, lambda _: "word <a " * 200_000):
        with measure_cpu(monkeypatch) as spent:
            turn = await _ask_and_wait(alice, "Go on.")
    assert faults(spent, turn) == []
    assert len(turn.message.content) < 1_100_000
    assert turn.finish_reason == "length"
    assert turn.completion_tokens > 100_000


async def _ask_and_wait(user: User, question: str) -> Turn:
    choices = await asking.choices()
    accepted = await asking.ask(user, Question(question), choices, follows=NewConversation())
    await entries(accepted.turn)
    return await reload_turn(accepted.turn)
