"""People, and a vendor's endpoint to ask."""

from collections.abc import Iterator
from contextlib import aclosing

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from aiapp.db import in_db
from chat import asking
from chat.log.events import BEGINNING, Entry, Kind, Position
from chat.models import Turn
from chat.reading.reader import read
from chat.tests.mcp_server import Wiki
from chat.tools import mcp_servers
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.repeats import AcceptedTurn
from chat.turns.accepting.request import Choices, Question
from tests.processes import web_server


@pytest.fixture(autouse=True)
def _endpoint(settings: Settings, fake_model: str) -> None:
    settings.LOCAL_CHAT = False
    settings.OPENAI_BASE_URL = fake_model
    settings.OPENAI_API_KEY = "sk-123"
    settings.CHAT_MODEL = "echo"


@pytest.fixture
def alice(transactional_db: None) -> User:
    return User.objects.create_user("alice", "alice@example.org", "alice's password")


@pytest.fixture
def bob(transactional_db: None) -> User:
    return User.objects.create_user("bob", "bob@example.org", "bob's password")


@pytest.fixture
def wiki() -> Iterator[Wiki]:
    with web_server.running("127.0.0.1") as server:
        mcp_servers.forget()
        yield Wiki(server)
    mcp_servers.forget()


@pytest.fixture
def admin(transactional_db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "r@example.org", "root's password"))
    return client


async def ask(user: User, model: str, text: str = "one two three") -> AcceptedTurn:
    """Ask a question of a model in a conversation of its own."""
    return await asking.ask(
        user, Question(text), Choices(model, collections=[]), follows=NewConversation()
    )


async def entries(turn: Turn, after: Position = BEGINNING) -> list[Entry]:
    """Everything that a reader gets, to the end."""
    async with aclosing(read(turn, after)) as batches:
        return [entry async for batch in batches for entry in batch]


async def reload_turn(turn: Turn) -> Turn:
    return await in_db(Turn.objects.select_related("message").get, id=turn.id)


def text_of(found: list[Entry], before: str = "") -> str:
    """The answer as a program puts it together, given what it had already."""
    text = before
    for entry in found:
        if entry.kind == Kind.RESTARTED:
            text = ""
        if entry.kind == Kind.DELTA:
            text += entry.data["text"]
    return text
