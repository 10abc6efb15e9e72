"""A model calls tools, gets their results, and answers; whatever goes wrong has an end."""

import asyncio

import pytest
from pydantic import BaseModel

from accounts.models import User
from aiapp.db import in_db
from chat import asking
from chat.log.events import Kind
from chat.models import Call, Turn
from chat.tests.conftest import entries, reload_turn, text_of
from chat.tests.scripted_model import results, script_model
from chat.tools import registry, showing
from chat.tools.base import Caller, Outcome, Tool
from chat.tools.base import Kind as Does
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.request import Choices, Question
from chat.turns.running import runner
from documents.tests.library import ready_document


async def ask(user: User, text: str = "a question", **choices):
    choices = {"collections": []} | choices
    return await asking.ask(
        user, Question(text), Choices("worker", **choices), follows=NewConversation()
    )


def events(found, kind: Kind):
    return [entry.data for entry in found if entry.kind == kind]


async def test_a_question_needs_two_tools_and_a_document(alice: User, settings) -> None:
    settings.RETRIEVAL_PASSAGES = 1
    await in_db(ready_document, alice)

    def plan(body):
        told = results(body)
        if not told:
            return [
                ("search_documents", {"query": "vacation days per month carry over"}),
                ("calculator", {"expression": "2 * 12 + 10"}),
            ]
        assert any("34" in each for each in told)
        # The turn began with this passage, so it is not read twice.
        assert any("[1]" in each for each in told)
        return "You may have 34 days, of two days of vacation per month and ten carried over [1]."

    async with script_model(settings, plan) as model:
        accepted = await ask(alice, "How many vacation days at most?", collections=None)
        found = await entries(accepted.turn)
    turn = await reload_turn(accepted.turn)
    assert turn.state == Turn.State.DONE
    assert text_of(found) == turn.message.content
    assert {call["name"] for call in events(found, Kind.TOOL_CALL)} == {
        "search_documents", "calculator",
    }  # fmt: skip
    assert len(events(found, Kind.TOOL_RESULT)) == 2
    numbers = [each["n"] for told in events(found, Kind.PASSAGES) for each in told]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [cited["n"] for cited in found[-1].data["citations"]] == [1]
    # The two steps together are on the books.
    assert (turn.prompt_tokens, turn.completion_tokens) == (20, 10)
    assert len(model.requests) == 2
    kept = await in_db(lambda: list(turn.message.calls.values_list("name", "state")))
    assert sorted(kept) == [("calculator", "done"), ("search_documents", "done")]


async def test_the_text_of_passages_is_not_kept_with_a_call(alice: User, settings) -> None:
    await in_db(ready_document, alice)

    def plan(body):
        return "Done." if results(body) else [("search_documents", {"query": "vacation"})]

    async with script_model(settings, plan):
        accepted = await ask(alice, collections=None)
        found = await entries(accepted.turn)
    kept = await in_db(Call.objects.get, message=accepted.assistant_message)
    assert "vacation" not in kept.result
    assert "vacation" not in str(events(found, Kind.TOOL_RESULT))


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("calculator", '{"expression": ', "not valid JSON"),
        ("calculator", {"number": 1}, "expression"),
        ("calculator", {"expression": "__import__('os')"}, "Only numbers"),
        ("launch_rockets", {}, "There is no tool"),
        ("current_time", {"zone": "Moon/Base"}, "no such time zone"),
    ],
)
async def test_a_wrong_call_is_told_to_the_model(
    alice: User, settings, name, arguments, told
) -> None:
    def plan(body):
        return "I could not." if results(body) else [(name, arguments)]

    async with script_model(settings, plan) as model:
        found = await entries((await ask(alice)).turn)
    assert told in results(model.requests[-1])[0]
    assert events(found, Kind.TOOL_RESULT)[0]["failed"]
    assert text_of(found) == "I could not."


class Nothing(BaseModel):
    pass


def with_tool(monkeypatch, run, kind=Does.READ, seconds=0.1) -> None:
    tool = Tool("odd", "Odd", "Does odd things.", Nothing, run, kind=kind, seconds=seconds)
    monkeypatch.setattr(registry, "_ALL", (*registry._ALL, tool))


@pytest.mark.parametrize("depth", [300, 900, 2_000])
async def test_arguments_that_are_nested_very_deeply_are_told_to_the_model(
    alice: User, settings, depth: int
) -> None:
    deep = '{"expression": "1", "more": ' + "[" * depth + "]" * depth + "}"

    def plan(body):
        return "Done." if len(body["messages"]) > 3 else [("calculator", deep)]

    async with script_model(settings, plan):
        accepted = await ask(alice)
        await entries(accepted.turn)
    assert (await reload_turn(accepted.turn)).state == Turn.State.DONE
    kept = await in_db(Call.objects.get, message=accepted.assistant_message)
    assert showing.view_call(kept, alice).named_arguments


async def test_a_tool_that_hangs_or_breaks_costs_only_its_result(
    alice: User, settings, monkeypatch
) -> None:
    async def hang(caller: Caller, asked: Nothing) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    async def crash(caller: Caller, asked: Nothing) -> Outcome:
        raise RuntimeError("secret detail")

    def plan(body):
        return "Without it." if results(body) else [("odd", {})]

    for run, told in ((hang, "took longer than"), (crash, "out of order")):
        with_tool(monkeypatch, run)
        async with script_model(settings, plan) as model:
            found = await entries((await ask(alice)).turn)
        assert told in results(model.requests[-1])[0]
        assert "secret detail" not in str([entry.data for entry in found])
        assert text_of(found) == "Without it."
        monkeypatch.undo()


async def test_a_model_that_calls_for_ever_is_stopped(alice: User, settings) -> None:
    settings.TOOL_STEPS = 3

    def plan(body):
        return [("calculator", {"expression": f"1 + {len(results(body))}"})]

    async with script_model(settings, plan) as model:
        accepted = await ask(alice)
        found = await entries(accepted.turn)
    assert len(model.requests) == 4
    assert model.requests[-1]["tool_choice"] == "none"
    assert "I stopped here" in text_of(found)
    assert (await reload_turn(accepted.turn)).state == Turn.State.DONE


async def test_the_same_call_is_made_once(alice: User, settings) -> None:
    def plan(body):
        if len(results(body)) == 2:
            return "Two."
        return [("calculator", {"expression": "1 + 1"})]

    async with script_model(settings, plan) as model:
        await entries((await ask(alice)).turn)
    assert "called before" in results(model.requests[-1])[1]


async def test_tokens_of_all_steps_are_bounded(alice: User, settings) -> None:
    settings.TOOL_TOKENS = 20

    def plan(body):
        if body.get("tool_choice") == "none":
            return "That is all."
        return [("calculator", {"expression": f"1 + {len(results(body))}"})]

    async with script_model(settings, plan) as model:
        found = await entries((await ask(alice)).turn)
    assert len(model.requests) == 3
    assert text_of(found) == "That is all."


async def test_calls_of_one_step_run_at_once(alice: User, settings, monkeypatch) -> None:
    both = asyncio.Barrier(2)

    class Which(BaseModel):
        n: int

    async def meet(caller: Caller, asked: Which) -> Outcome:
        await both.wait()
        return Outcome("met")

    tool = Tool("meet", "Meet", "Meets.", Which, meet, seconds=10)
    monkeypatch.setattr(registry, "_ALL", (*registry._ALL, tool))

    def plan(body):
        return "Met." if results(body) else [("meet", {"n": 1}), ("meet", {"n": 2})]

    async with script_model(settings, plan) as model:
        await entries((await ask(alice)).turn)
    assert all("met" in each for each in results(model.requests[-1]))


async def test_a_stop_ends_a_tool_that_is_running(alice: User, settings, monkeypatch) -> None:
    running, ended = asyncio.Event(), asyncio.Event()

    async def hang(caller: Caller, asked: Nothing) -> Outcome:
        running.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    with_tool(monkeypatch, hang, seconds=60)
    async with script_model(settings, lambda body: [("odd", {})]):
        accepted = await ask(alice)
        async with asyncio.timeout(20):
            await running.wait()
        await runner.stop(accepted.turn)
        async with asyncio.timeout(20):
            await ended.wait()
        await entries(accepted.turn)
    assert (await reload_turn(accepted.turn)).state == Turn.State.STOPPED


async def test_only_what_reads_is_offered_unless_more_is_chosen(alice: User, settings) -> None:
    await in_db(ready_document, alice)
    everything = {"collections": None}
    async with script_model(settings, lambda body: "Hello.") as model:
        await entries((await ask(alice, **everything)).turn)
        await entries((await ask(alice, "b", tools=[], **everything)).turn)
        await entries((await ask(alice, "c", tools=["save_prompt"], **everything)).turn)

    default, none, chosen = map(list_offered, model.requests)
    assert default == ["search_documents", "calculator", "current_time", "search_chats"]
    assert (none, chosen) == ([], ["save_prompt"])


async def test_nothing_is_offered_that_finds_documents_where_none_are_to_be_searched(
    alice: User, bob: User, settings
) -> None:
    await in_db(ready_document, alice)
    async with script_model(settings, lambda body: "Hello.") as model:
        await entries((await ask(alice)).turn)
        await entries((await ask(alice, "b", tools=["search_documents", "calculator"])).turn)
        await entries((await ask(alice, "c", collections=None, documents=[])).turn)
        # Somebody who has no documents.
        await entries((await ask(bob, "d", collections=None)).turn)
    assert [list_offered(body) for body in model.requests] == [
        ["calculator", "current_time", "search_chats"],
        ["calculator"],
        ["calculator", "current_time", "search_chats"],
        ["calculator", "current_time", "search_chats"],
    ]


def list_offered(body) -> list[str]:
    return [tool["function"]["name"] for tool in body.get("tools", [])]
