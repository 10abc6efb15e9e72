"""An answer's status is told in the page's language, and in English to programs."""

from django.test import AsyncClient

from accounts.models import User
from aiapp.db import in_db
from chat import asking
from chat.log.events import Kind
from chat.tests.conftest import entries
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.request import Choices, Question
from documents.search import NOT_INDEXED
from documents.tests.library import ready_document


async def test_a_page_says_it_in_its_readers_language(alice: User) -> None:
    await in_db(ready_document, alice, ["The ferry leaves at ten."])
    # Still being written when the page asks, so that its lines are told.
    question = Question("When does the ferry leave?")
    accepted = await asking.ask(alice, question, Choices("count-30-50"), follows=NewConversation())
    page = AsyncClient()
    await page.aforce_login(alice)
    address = f"/chat/turns/{accepted.turn.pk}/stream/"
    stream = await page.get(address, headers={"accept-language": "ko"})
    told = b"".join([part async for part in stream]).decode()
    assert "문서를 검색하고 있습니다" in told
    assert "Searching" not in told
    found = await entries(accepted.turn)
    lines = [entry.data["text"] for entry in found if entry.kind == Kind.STATUS]
    assert lines == ["Searching your documents", NOT_INDEXED]
