"""Whatever a model's endpoint does, the reader gets one clear error and the question is kept."""

import pytest
from django.template.loader import render_to_string
from pytest_django import Settings

from accounts.models import User
from aiapp.db import in_db
from aiapp.llm.tests.scripted_server import Answer, delta, event, running
from chat.log.events import Kind
from chat.models import Turn
from chat.tests.conftest import ask, entries, reload_turn, text_of

FIVE_WORDS = "w0 w1 w2 w3 w4 "


@pytest.mark.parametrize(
    ("model", "code", "retryable", "text"),
    [
        ("fault-429", "model_busy", True, ""),
        ("fault-500", "model_unavailable", True, ""),
        ("fault-503", "model_unavailable", True, ""),
        ("fault-401", "model_refused", False, ""),
        ("fault-404", "model_refused", False, ""),
        ("fault-context", "context_too_long", False, ""),
        ("fault-cut", "broken_answer", True, FIVE_WORDS),
        ("fault-malformed", "malformed_answer", True, FIVE_WORDS),
        ("fault-event", "upstream_error", True, FIVE_WORDS),
        ("fault-empty", "empty_answer", True, ""),
        ("fault-filter", "content_filtered", False, FIVE_WORDS),
        ("fault-hang", "model_timeout", True, ""),
        ("fault-hangmid", "model_timeout", True, FIVE_WORDS),
    ],
)
async def test_a_fault_ends_in_one_error_and_keeps_question_and_text(
    alice: User, settings: Settings, model: str, code: str, retryable: bool, text: str
) -> None:
    # One that never says a word is not waited for as long as those that are asked again.
    settings.MODEL_FIRST_TOKEN_SECONDS = 0.5 if model == "fault-hang" else 4
    settings.MODEL_IDLE_SECONDS = 0.5
    accepted = await ask(alice, model, "a question to keep")
    log = await entries(accepted.turn)
    turn = await reload_turn(accepted.turn)
    errors = [entry.data for entry in log if entry.kind == Kind.ERROR]
    assert [(error["code"], error["retryable"]) for error in errors] == [(code, retryable)]
    assert (turn.state, turn.error_code) == (Turn.State.FAILED, code)
    assert text_of(log) == turn.message.content
    # What had arrived at the moment of a cut and was not read yet goes with the connection.
    cut = model == "fault-cut" and text.startswith(turn.message.content)
    assert cut or turn.message.content == text
    assert accepted.user_message.content == "a question to keep"
    assert log[-1].data["state"] == "failed"


# A picture from elsewhere would be no picture.
@pytest.mark.parametrize(("held", "shown"), [("![", "["), ("`![a", "`[a"), ("[1", "[1")])
async def test_what_was_held_back_to_be_looked_at_is_shown_before_an_error(
    alice: User, settings: Settings, held: str, shown: str
) -> None:
    parts = (delta(content=f"Look: {held}"), event({"error": {"message": "boom"}}))
    async with running(settings, Answer(parts)):
        accepted = await ask(alice, "a-model")
        log = await entries(accepted.turn)
    turn = await reload_turn(accepted.turn)
    assert (turn.state, turn.error_code) == (Turn.State.FAILED, "upstream_error")
    assert text_of(log) == turn.message.content == f"Look: {shown}"


async def test_an_answer_that_the_model_s_filter_ends_is_shown_with_the_reason(
    alice: User,
) -> None:
    accepted = await ask(alice, "fault-filter")
    await entries(accepted.turn)
    turn = await reload_turn(accepted.turn)
    assert turn.message.content == FIVE_WORDS
    foot = await in_db(render_to_string, "chat/_foot.html", {"message": turn.message, "turn": turn})
    assert "own filter ended the answer" in foot


async def test_an_end_that_the_server_did_not_explain_is_told_under_the_answer(
    alice: User,
) -> None:
    accepted = await ask(alice, "fault-nodone")
    found = await entries(accepted.turn)
    turn = await reload_turn(accepted.turn)
    assert (turn.state, turn.finish_reason) == (Turn.State.DONE, "unknown")
    assert text_of(found) == turn.message.content == FIVE_WORDS
    foot = await in_db(render_to_string, "chat/_foot.html", {"message": turn.message, "turn": turn})
    assert "did not say whether the answer is complete" in foot


@pytest.mark.parametrize("model", ["fault-401", "fault-429", "fault-event"])
async def test_an_error_holds_neither_key_nor_address_of_the_upstream(
    alice: User, model: str
) -> None:
    found = await entries((await ask(alice, model)).turn)
    told = b"".join(entry.json for entry in found)
    assert b"sk-123" not in told
    assert b"127.0.0.1" not in told
    assert b"10.0.0.1" not in told


async def test_an_endpoint_that_recovers_before_the_first_word_costs_no_error(alice: User) -> None:
    found = await entries((await ask(alice, "flaky-1", "still here")).turn)
    assert text_of(found) == "still here "
    assert not [entry for entry in found if entry.kind == Kind.ERROR]


async def test_an_endpoint_that_nobody_answers_at_is_a_retryable_error(
    alice: User, settings: Settings
) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:1/v1"
    accepted = await ask(alice, "echo")
    await entries(accepted.turn)
    turn = await reload_turn(accepted.turn)
    assert (turn.error_code, turn.error_retryable) == ("model_unavailable", True)
