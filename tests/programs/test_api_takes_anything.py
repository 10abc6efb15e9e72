"""Whatever a program sends, the API answers with a status and a body that it has described.

schemathesis makes the requests from the API's own description, right ones and wrong ones, with
ids that exist and ids that do not. `FUZZ_EXAMPLES` sets how many for each operation with a body;
one that takes ids and numbers alone has given each of its answers after six. The seed is fixed, so
that a failure comes back.
"""

import os
from collections.abc import Iterator
from concurrent.futures import wait
from functools import cache
from threading import Barrier
from typing import Any

import pytest
from django.core.files.base import ContentFile
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.credentials import tokens
from accounts.models import User
from aiapp import db
from aiapp.api.application import api
from aiapp.api.v1 import v1
from aiapp.asgi import application
from aiapp.concurrency.late import LateModule
from aiapp.llm.embedding import client
from chat.models import Conversation, Message, Turn
from documents.models import Collection, Source
from documents.tests import fake_embeddings
from documents.tests.library import ready_document

pytestmark = pytest.mark.django_db(transaction=True)

# To import it takes two seconds, in every worker, and one of them uses it.
schemathesis = LateModule("schemathesis")
checks, openapi_checks = (
    LateModule("schemathesis.checks"),
    LateModule("schemathesis.specs.openapi.checks"),
)

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "18"))
EXAMPLES_WITHOUT_BODY = EXAMPLES * 2 // 5


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """The application without its start, which would have this process take over turns.

    schemathesis keeps what it starts to the end of the process, through the tests of other files.
    """
    assert scope["type"] == "http"
    await application(scope, receive, send)


def load_schema(part: Any, prefix: str) -> Any:
    schema = schemathesis.openapi.from_dict(part.get_openapi_schema(path_prefix=prefix))
    schema.app = answer
    return schema


@cache
def load_operations() -> list[Any]:
    schemas = [load_schema(api, "/api/"), load_schema(v1, "/v1/")]
    return [each.ok() for schema in schemas for each in schema.get_all_operations()]


# Written down, since the description takes half a second and each worker collects this file.
TAGS = [
    *("accounts", "ai-sdk", "audio", "batches", "chat", "conversations", "documents", "memory"),
    *("messages", "openai", "pictures", "sources", "tools", "turns"),
]


def count_examples(operation: Any) -> int:
    return EXAMPLES if "requestBody" in operation.definition.raw else EXAMPLES_WITHOUT_BODY


class Mine:
    """One thing of each kind that has an id."""

    def __init__(self, name: str) -> None:
        # An administrator, since nobody else sets up sources.
        self.user = User.objects.create_superuser(name, f"{name}@example.org", "a long password 1")
        collection = Collection.objects.create(owner=self.user, name="Papers")
        document = ready_document(self.user, ["The sun shines."], collection=collection)
        document.current.file.save("a.txt", ContentFile(b"The sun shines."))
        conversation = Conversation.objects.create(owner=self.user, title="Sun")
        asked = Message.objects.create(conversation=conversation, role="user", content="Sun?")
        answer = Message.objects.create(
            conversation=conversation, role="assistant", content="It shines.", parent=asked
        )
        turn = Turn.objects.create(
            owner=self.user, message=answer, model="echo", state=Turn.State.DONE
        )
        source = Source.objects.create(collection=collection, name="Sun", kind="folder")
        self.ids: dict[str, list[Any]] = {
            "source_id": [source.pk],
            "collection_id": [collection.pk],
            "document_id": [document.pk],
            "conversation_id": [conversation.pk],
            "message_id": [asked.pk, answer.pk],
            "turn_id": [turn.pk],
            "model": ["echo"],
            "collection": [collection.pk],
            "collections": [[], [collection.pk]],
            "documents": [[], [document.pk]],
            "leaf": [asked.pk, answer.pk],
            "parent_id": [answer.pk],
        }

    def put_into(self, container: Any, number: int) -> None:
        """Name what is there instead of what a generator made up."""
        for name in container if isinstance(container, dict) else ():
            if known := self.ids.get(name):
                value = known[number % len(known)]
                listed = isinstance(value, list)
                container[name] = [str(each) for each in value] if listed else str(value)


@pytest.fixture
def _site(settings, tmp_path, fake_model: str) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.LOCAL_CHAT = False
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = fake_model, "sk-123"
    settings.CHAT_MODEL = "echo"
    settings.RATELIMIT_ENABLE = False
    # Texts of programs are embedded while their request waits.
    settings.EMBEDDING_API_KEY, settings.EMBEDDING_MODEL = "key", "fake"
    with fake_embeddings.running() as embeddings:
        settings.EMBEDDING_BASE_URL = embeddings.base_url
        yield
        client.close_sync_clients()
    # The database is emptied next; what was begun for a reader who left may still write.
    size = db._threads._max_workers
    everybody = Barrier(size)
    wait([db._threads.submit(everybody.wait) for _ in range(size)])


@pytest.mark.usefixtures("_site")
@pytest.mark.parametrize("tag", TAGS)
def test_every_answer_is_one_that_is_described(tag):
    for number, operation in enumerate(load_operations()):
        if tag in operation.definition.raw["tags"]:
            try_out(operation, Mine(f"ann{number}"))


def try_out(operation: Any, mine: Mine) -> None:
    headers = {"Authorization": f"Bearer {tokens.issue(mine.user).access}"}
    good, bad = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
    wanted = [
        checks.not_a_server_error,
        openapi_checks.status_code_conformance,
        openapi_checks.content_type_conformance,
        openapi_checks.response_schema_conformance,
    ]

    @seed(20261123)
    @hypothesis_settings(
        max_examples=count_examples(operation),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=operation.as_strategy(generation_mode=good)
        | operation.as_strategy(generation_mode=good)
        | operation.as_strategy(generation_mode=bad),
        number=st.integers(0, 5),
    )
    def answers(case: Any, number: int) -> None:
        if number:
            mine.put_into(case.path_parameters, number)
            mine.put_into(case.body, number)
        response = case.call(headers=headers)
        case.validate_response(response, checks=wanted, headers=headers)

    answers()


def test_there_are_enough_requests():
    assert sum(map(count_examples, load_operations())) > 1050
    assert (
        sorted({tag for each in load_operations() for tag in each.definition.raw["tags"]}) == TAGS
    )
