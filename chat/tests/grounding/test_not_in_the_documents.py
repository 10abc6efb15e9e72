"""Questions that the documents do not seem to answer."""

import pytest

from accounts.models import User
from aiapp.db import in_db
from aiapp.llm import registry
from chat import asking
from chat.log.statuses import NOT_FOUND
from chat.models import Attachment
from chat.tests.conftest import entries, reload_turn
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.request import Question
from chat.turns.turn import NOT_IN_DOCUMENTS
from documents.access import default_collection
from documents.tests.library import HANDBOOK, ready_document

ELSEWHERE = "Who won the chess olympiad in Tromsø?"


@pytest.fixture(autouse=True)
def _handbook(alice: User, settings, embedding_server, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.EMBEDDING_BASE_URL = embedding_server.base_url
    settings.EMBEDDING_API_KEY = embedding_server.key
    ready_document(alice, HANDBOOK, title="handbook.pdf", embedded=True)


async def ask(user: User, question: str, **chosen):
    choices = await asking.choices(**chosen)
    turn = (await asking.ask(user, Question(question), choices, follows=NewConversation())).turn
    return await entries(turn), await reload_turn(turn)


async def test_who_chose_what_to_search_is_told_and_so_is_the_model(alice: User) -> None:
    chosen = [(await in_db(default_collection, alice)).pk]
    found, turn = await ask(alice, ELSEWHERE, collections=chosen)
    assert NOT_FOUND in [e.data["text"] for e in found if e.kind == "status"]
    assert turn.state == "done"


async def test_a_question_that_they_answer_is_answered_from_them(alice: User) -> None:
    found, _ = await ask(alice, "How many days of vacation do employees accrue?")
    assert NOT_FOUND not in [e.data["text"] for e in found if e.kind == "status"]


async def test_the_demonstration_model_does_not_answer_from_air(alice: User, settings) -> None:
    settings.CHAT_MODEL = registry.LOCAL.name
    found, turn = await ask(alice, ELSEWHERE)
    assert turn.message.content == NOT_IN_DOCUMENTS
    assert found[-1].data["content"] == NOT_IN_DOCUMENTS
    assert found[-1].data["grounded"] is False


async def test_a_question_about_a_picture_is_not_one_about_documents(alice: User, settings) -> None:
    settings.MODELS = {"echo": {"vision": True}}
    picture = await in_db(
        lambda: Attachment.objects.create(
            owner=alice, filename="a.png", media_type="image/png", width=1, height=1, data=b"png"
        )
    )
    choices = await asking.choices("echo")
    with_picture = await asking.ask(
        alice, Question(ELSEWHERE, attachments=[picture.id]), choices, follows=NewConversation()
    )
    found = await entries(with_picture.turn)
    assert NOT_FOUND not in [e.data["text"] for e in found if e.kind == "status"]
