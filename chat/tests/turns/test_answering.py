"""An answer streams to its readers while it is made, and is saved."""

from accounts.models import User
from chat import asking
from chat.log.events import Kind
from chat.models import Attempt, Turn
from chat.tests.conftest import ask, entries, reload_turn, text_of
from chat.turns.accepting.places import HistoryMessage, NewConversation
from chat.turns.accepting.request import Choices, Question
from tests.processes import model_requests


async def test_the_deltas_joined_are_what_is_saved_and_what_done_says(alice: User) -> None:
    accepted = await ask(alice, "count-50-2")
    found = await entries(accepted.turn)
    turn = await reload_turn(accepted.turn)
    assert [found[0].kind, found[-1].kind] == [Kind.STARTED, Kind.DONE]
    assert text_of(found) == "".join(f"w{n} " for n in range(50))
    assert text_of(found) == turn.message.content == found[-1].data["content"]
    assert turn.state == Turn.State.DONE
    assert found[-1].data["usage"]["total_tokens"] == 57
    assert (turn.prompt_tokens, turn.completion_tokens) == (7, 50)


async def test_positions_count_up_from_one_without_a_gap(alice: User) -> None:
    found = await entries((await ask(alice, "count-30-3")).turn)
    assert [str(entry.position) for entry in found] == [f"1-{n + 1}" for n in range(len(found))]


async def test_text_is_gathered_into_fewer_events_than_tokens(alice: User) -> None:
    found = await entries((await ask(alice, "count-200-1")).turn)
    deltas = [entry for entry in found if entry.kind == Kind.DELTA]
    assert 1 < len(deltas) < 100


async def test_characters_cut_by_the_network_arrive_whole(alice: User) -> None:
    found = await entries((await ask(alice, "fault-split")).turn)
    assert text_of(found) == "안녕하세요 세계 🌍 그리고 모두 ✓ "


async def test_an_attempt_is_on_the_books_with_its_tokens(alice: User) -> None:
    accepted = await ask(alice, "count-10-0")
    await entries(accepted.turn)
    attempt = await Attempt.objects.aget(turn=accepted.turn)
    assert (attempt.number, attempt.outcome, attempt.completion_tokens) == (1, "done", 10)


async def test_the_model_is_told_what_was_said_before(alice: User, fake_model: str) -> None:
    history = [
        HistoryMessage("system", "Be brief."),
        HistoryMessage("user", "A?"),
        HistoryMessage("assistant", "B."),
    ]
    accepted = await asking.ask(
        alice,
        Question("and now?"),
        Choices("says-memory", collections=[]),
        follows=NewConversation(history=history),
    )
    await entries(accepted.turn)
    [last] = model_requests.list_bodies(fake_model, "says-memory", last=1)
    assert [(m["role"], m["content"]) for m in last["messages"]] == [
        ("system", "Be brief."),
        ("user", "A?"),
        ("assistant", "B."),
        ("user", "and now?"),
    ]


async def test_many_readers_see_the_same_events_in_the_same_order(alice: User) -> None:
    accepted = await ask(alice, "count-40-3")
    first = await entries(accepted.turn)
    again = await entries(await reload_turn(accepted.turn))
    assert [(e.position, e.kind, e.json) for e in again] == [
        (e.position, e.kind, e.json) for e in first
    ]
