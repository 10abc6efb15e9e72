"""The operations that each scope of an API key opens.

Every operation is tried with every key, against the table in docs/api.md, which is made from the
code.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from channels.testing import WebsocketCommunicator
from django.test import Client

from accounts.credentials import keys
from accounts.models import ApiKey, User
from aiapp.api.application import api
from aiapp.api.v1 import v1
from aiapp.asgi import application
from aiapp.db import in_db
from chat.models import Conversation, UserFact
from chat.protocols import websocket
from documents.models import Collection, Document
from documents.tests.library import TokenClient, ready_document
from tests import routes

pytestmark = pytest.mark.django_db(transaction=True)

DOCS = Path(__file__).parents[2] / "docs" / "api.md"
HEAD = "| A key needs | to call |\n| --- | --- |\n"
PLACES = {None: "nothing", "": "keys are not taken", "any": "any scope"}
ALL = list(ApiKey.Scope.values)
ID = "0198c0de-0000-7000-8000-000000000000"


def list_declared_scopes() -> dict[str, str | None]:
    """Return the scope that a key needs according to the code, by operation."""
    return {
        operation.replace(" ", f" {prefix}"): scope
        for prefix, part in (("/api", api), ("/v1", v1))
        for operation, scope in part.key_scopes().items()
    }


def table() -> str:
    rows: dict[str | None, list[str]] = {}
    for operation, scope in list_declared_scopes().items():
        rows.setdefault(scope, []).append(f"`{operation}`")
    told = {scope: PLACES.get(scope, " and ".join(f"`{s}`" for s in (scope or "").split()))
            for scope in rows}  # fmt: skip
    return HEAD + "".join(
        f"| {told[scope]} | {', '.join(sorted(rows[scope]))} |\n"
        for scope in sorted(rows, key=lambda each: told[each])
    )


def read_documented_scopes() -> dict[str, str]:
    """Return the scope by operation as the documentation has it."""
    text = DOCS.read_text().partition(HEAD)[2].partition("\n\n")[0]
    found = {}
    for line in text.splitlines():
        _, needed, operations, _ = line.split("|")
        for operation in re.findall(r"`([^`]+)`", operations):
            assert operation not in found, f"{operation} stands in the table twice"
            found[operation] = needed.strip()
    return found


def test_the_table_in_the_documentation_is_that_of_the_code() -> None:
    assert table() in DOCS.read_text(), f"docs/api.md should have:\n{table()}"


def test_every_scope_is_explained_in_the_documentation() -> None:
    for scope in ALL:
        assert f"| `{scope}` |" in DOCS.read_text(), scope


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann", "ann@example.org", "a long password 1")


def client_of(user: User, *scopes: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {keys.create(user, 'script', scopes)[1]}"})


def call(client: Client, method: str, path: str, **body: object):
    sent = {"data": json.dumps(body), "content_type": "application/json"} if body else {}
    return getattr(client, method)(path, **sent)


def tries(operation: str) -> Iterator[tuple[frozenset[str], bool]]:
    """Keys that tell all about an operation: one with just what it needs, and for each of these
    scopes one with all the others; and whether they are let in.
    """
    needed = read_documented_scopes()[operation]
    scopes = frozenset(re.findall(r"`([^`]+)`", needed))
    if needed == PLACES[""]:
        yield frozenset(ALL), False
    elif needed != PLACES[None]:
        yield scopes or frozenset({"memory"}), True
        for scope in scopes:
            yield frozenset(ALL) - {scope}, False


async def test_operations_take_the_keys_that_the_documentation_says_and_no_others(ann) -> None:
    operations = list(routes.operations())
    assert {f"{r.method.upper()} {r.path}" for r in operations} == set(read_documented_scopes())
    clients: dict[frozenset[str], TokenClient] = {}
    for route in operations:
        operation = f"{route.method.upper()} {route.path}"
        for scopes, lets_in in tries(operation):
            if scopes not in clients:
                _, secret = await in_db(keys.create, ann, "script", scopes)
                clients[scopes] = TokenClient(secret)
            # Nothing is sent that would be done: who is let in is told that the body is not
            # valid, or that there is no such thing.
            path = re.sub(r"{\w+}", ID, route.path)
            answer = await getattr(clients[scopes], route.method)(path)
            assert (answer.status_code != 403) == lets_in, (operation, sorted(scopes))
    assert len(clients) > 10


def test_a_refusal_names_the_scope(ann: User) -> None:
    answer = call(client_of(ann, "chat"), "get", "/api/documents")
    error = answer.json()["error"]
    assert error["code"] == "insufficient_scope"
    assert error["data"] == {"scope": "documents:read"}
    assert 'error="insufficient_scope"' in answer["WWW-Authenticate"]
    assert 'scope="documents:read"' in answer["WWW-Authenticate"]
    answer = call(client_of(ann, "documents:read"), "get", "/v1/models")
    assert answer.json()["error"]["code"] == "insufficient_scope"
    assert 'scope="chat"' in answer["WWW-Authenticate"]


def test_a_chat_key_opens_a_chat_to_nobody_and_forgets_nothing(ann: User) -> None:
    chat = Conversation.objects.create(owner=ann, title="Plans")
    fact = UserFact.objects.create(owner=ann, text="She likes tea.")
    client = client_of(ann, "chat", "documents:read", "documents:write", "tools:confirm")
    refused = [
        call(client, "post", "/api/shares", conversation_id=str(chat.id)),
        call(client, "get", "/api/shares"),
        call(client, "delete", f"/api/me/facts/{fact.id}"),
        call(client, "delete", "/api/me/facts"),
        call(client, "patch", "/api/me/facts", enabled=False),
    ]
    assert [answer.status_code for answer in refused] == [403] * 5
    assert UserFact.objects.filter(pk=fact.pk).exists()
    # Nor does a key for sharing read what it may not read.
    alone = client_of(ann, "sharing")
    assert call(alone, "post", "/api/shares", conversation_id=str(chat.id)).status_code == 403
    # A chat without an answer cannot be shared, which only one is told who is let in.
    both = client_of(ann, "chat", "sharing")
    assert call(both, "post", "/api/shares", conversation_id=str(chat.id)).status_code == 422


@pytest.fixture
def document(ann: User) -> Document:
    own = Collection.objects.create(owner=ann, name="Own")
    return ready_document(ann, ["The tide turns at six."], collection=own)


OPENING = [
    ("collection", {"everyone": True}),
    ("collection", {"everyone": False}),
    ("collection", {"shares": [{"user": "bob"}]}),
    ("collection", {"shares": []}),
    ("document", {"restricted": False}),
    ("document", {"restricted": True}),
    ("document", {"shares": [{"user": "bob"}]}),
    ("document", {"collection": "everyone's"}),
    ("document", {"collection": "shared"}),
    ("document", {"collection": "bob's"}),
]


@pytest.mark.parametrize(("kind", "change"), OPENING)
def test_who_can_open_documents_is_changed_with_sharing_only(ann, document, kind, change) -> None:
    bob = User.objects.create_user("bob", "bob@example.org", "a long password 1")
    into = {
        "everyone's": Collection.objects.create(owner=ann, name="All", everyone=True),
        "shared": Collection.objects.create(owner=ann, name="Some"),
        "bob's": Collection.objects.create(owner=bob, name="His"),
    }
    into["shared"].shares.create(user=bob)
    into["bob's"].shares.create(user=ann, role="editor")
    if "collection" in change:
        change = {"collection": str(into[change["collection"]].pk)}
    thing = document if kind == "document" else document.collection
    path = f"/api/{kind}s/{thing.pk}"
    state = Collection.objects.values(), Document.objects.values()
    before = [list(rows.all()) for rows in state]

    answer = call(client_of(ann, "documents:read", "documents:write"), "patch", path, **change)
    assert answer.status_code == 403
    assert answer.json()["error"]["data"] == {"scope": "sharing"}
    assert [list(rows.all()) for rows in state] == before
    answer = call(client_of(ann, "documents:write", "sharing"), "patch", path, **change)
    assert answer.status_code == 200, answer.content


def test_what_opens_nothing_needs_no_sharing(ann: User, document: Document) -> None:
    Collection.objects.create(owner=ann, name="Other")
    client = client_of(ann, "documents:write")
    private = Collection.objects.get(name="Other")
    path = f"/api/documents/{document.pk}"
    assert call(client, "patch", path, title="Tides").status_code == 200
    assert call(client, "patch", path, collection=str(private.pk)).status_code == 200
    assert call(client, "patch", path, collection=str(private.pk)).status_code == 200
    named = {"name": "Mine", "everyone": False, "shares": []}
    assert call(client, "post", "/api/collections", **named).status_code == 201
    for opened in ({"everyone": True}, {"shares": [{"user": "ann"}]}):
        answer = call(client, "post", "/api/collections", name="Open", **opened)
        assert answer.status_code == 403
    assert not Collection.objects.filter(name="Open").exists()


FRAMES = {
    "send": {"content": "hello", "conversation_id": ID},
    "stop": {"turn": ID},
    "subscribe": {"turn": ID},
    "decide": {"call": ID, "token": "none", "confirm": True},
}


@pytest.mark.parametrize("scopes", [("chat",), ("chat", "tools:confirm")])
async def test_frames_of_a_socket_need_what_the_api_needs(ann: User, scopes) -> None:
    assert set(FRAMES) == set(websocket.FRAMES)
    _, secret = await in_db(keys.create, ann, "script", scopes)
    socket = WebsocketCommunicator(application, "/ws/chat/", subprotocols=["bearer", secret])
    assert (await socket.connect(timeout=60))[0]
    for kind, fields in FRAMES.items():
        await socket.send_to(text_data=json.dumps({"type": kind, **fields}))
        told = json.loads(await socket.receive_from(timeout=60))["data"]
        if kind == "decide" and "tools:confirm" not in scopes:
            assert (told["code"], told["data"]) == (
                "insufficient_scope", {"scope": "tools:confirm"},
            )  # fmt: skip
        else:
            assert told["code"] == "not_found", kind
    await socket.disconnect()


@pytest.mark.parametrize("scope", [scope for scope in ALL if scope != "chat"])
async def test_without_chat_there_is_no_socket(ann: User, scope: str) -> None:
    _, secret = await in_db(keys.create, ann, "script", [scope])
    socket = WebsocketCommunicator(application, "/ws/chat/", subprotocols=["bearer", secret])
    assert await socket.connect(timeout=60) == (False, websocket.FORBIDDEN)


def test_the_form_offers_staff_every_scope_in_words(ann: User) -> None:
    User.objects.filter(pk=ann.pk).update(is_staff=True)
    browser = Client()
    browser.force_login(ann)
    page = browser.get("/accounts/keys/").content.decode()
    for scope in ApiKey.Scope:
        assert f'value="{scope.value}"' in page
        assert str(scope.label)[:40] in page
    made = browser.post("/accounts/keys/", {"name": str(uuid4()), "scopes": ALL})
    assert made.status_code == 200
    assert ApiKey.objects.get().scopes == sorted(ALL)
