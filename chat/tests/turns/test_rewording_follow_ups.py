"""The model words a follow-up question for the search, where that is switched on."""

from typing import Any

import pytest

from accounts.models import User
from chat import asking
from chat.models import Turn
from chat.tests.conftest import entries, reload_turn
from chat.turns.accepting.places import Leaf, NewConversation
from chat.turns.accepting.repeats import AcceptedTurn
from chat.turns.accepting.request import Question
from documents.models import Document
from documents.tests.library import HANDBOOK, PHYSICS, ready_document
from tests.processes import model_requests

REWORDED = "says-Why_does_water_boil_at_a_lower_temperature_on_a_mountain?"


@pytest.fixture(autouse=True)
def _library(settings, embedding_server, tmp_path, alice: User) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.EMBEDDING_BASE_URL = embedding_server.base_url
    settings.EMBEDDING_API_KEY = embedding_server.key
    settings.QUERY_REWRITING = True


@pytest.fixture
def library(alice: User) -> list[Document]:
    return [
        ready_document(alice, HANDBOOK, title="handbook.pdf", embedded=True),
        ready_document(alice, PHYSICS, title="physics.pdf", embedded=True),
    ]


async def ask(
    user: User, text: str, model: str, before: AcceptedTurn | None = None
) -> AcceptedTurn:
    return await asking.ask(
        user,
        Question(text),
        await asking.choices(model),
        follows=Leaf(before.conversation.id) if before else NewConversation(),
    )


async def begin_conversation(user: User, settings: Any, model: str) -> AcceptedTurn:
    """A conversation about the cafeteria, whose next question goes to that model."""
    settings.CHAT_MODELS = [model]
    first = await ask(user, "When does the cafeteria open?", "echo")
    await entries(first.turn)
    return first


async def best(turn: Turn) -> tuple[str, int]:
    passages = next(each.data for each in await entries(turn) if each.kind == "passages")
    return passages[0]["title"], passages[0]["page"]


def count_requests(fake_model: str) -> int:
    """Count those that these tests have made of the model so far, each of which tells this."""
    return len(model_requests.list_bodies(fake_model, "When does the cafeteria open?"))


async def test_what_the_model_makes_of_the_question_is_searched(alice, settings, library) -> None:
    first = await begin_conversation(alice, settings, REWORDED)
    second = await ask(alice, "And the other thing, why?", REWORDED, first)
    assert await best(second.turn) == ("physics.pdf", 2)


async def test_its_tokens_are_on_the_books(alice, settings, library) -> None:
    first = await begin_conversation(alice, settings, REWORDED)
    second = await ask(alice, "And the other thing, why?", REWORDED, first)
    await entries(second.turn)
    one, both = await reload_turn(first.turn), await reload_turn(second.turn)
    assert (one.prompt_tokens, both.prompt_tokens) == (7, 14)
    assert both.completion_tokens == 2 * len(REWORDED.split("_"))


async def test_the_conversation_is_fenced_as_material(alice, settings, library, fake_model) -> None:
    first = await begin_conversation(alice, settings, REWORDED)
    second = await ask(alice, "And the other thing, why?", REWORDED, first)
    await entries(second.turn)
    rewording, _ = model_requests.list_bodies(fake_model, "And the other thing, why?", last=2)
    system, question = rewording["messages"]
    fence = question["content"].splitlines()[0].strip("<>")
    assert f"<{fence}>" in system["content"]
    assert "user: When does the cafeteria open?" in question["content"]
    assert question["content"].endswith(f"</{fence}>\n\nAnd the other thing, why?")


async def test_a_first_question_is_searched_as_it_is(alice, settings, library, fake_model) -> None:
    settings.CHAT_MODELS = [REWORDED]
    before = count_requests(fake_model)
    first = await ask(alice, "When does the cafeteria open?", REWORDED)
    assert await best(first.turn) == ("handbook.pdf", 3)
    assert count_requests(fake_model) == before + 1


async def test_it_is_off_by_default(alice, settings, library, fake_model) -> None:
    settings.QUERY_REWRITING = False
    first = await begin_conversation(alice, settings, REWORDED)
    before = count_requests(fake_model)
    second = await ask(alice, "And for how long?", REWORDED, first)
    assert await best(second.turn) == ("handbook.pdf", 3)
    assert count_requests(fake_model) == before + 1


@pytest.mark.parametrize(
    "model",
    ["count-40-25", "count-150-0", "says-One\nTwo", "says-__"],
    ids=["too slow", "too long", "several lines", "nothing"],
)
async def test_a_model_that_is_no_help_leaves_the_question_as_it_is(
    alice, settings, library, model
) -> None:
    settings.QUERY_REWRITING_SECONDS = 0.3
    first = await begin_conversation(alice, settings, model)
    second = await ask(alice, "And how many days of vacation do I get?", model, first)
    assert await best(second.turn) == ("handbook.pdf", 1)
    assert (await reload_turn(second.turn)).state == Turn.State.DONE
