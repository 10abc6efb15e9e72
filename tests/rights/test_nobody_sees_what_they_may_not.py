"""Every address and every field that takes an id, by everybody who may not know what is there.

The addresses come from the site's own URL configuration and API description, so a new one is
tested from its first day, and fails here until its parameter has something hidden to name. A
hidden thing must answer exactly as one that does not exist.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient

from accounts.credentials import keys, tokens
from accounts.models import ApiKey, DataExport, User
from aiapp.asgi import application
from aiapp.db import in_db
from chat.conversations import sharing
from chat.models import (
    Attachment,
    Batch,
    Call,
    ChatImport,
    ChatShare,
    Citation,
    Conversation,
    Folder,
    Message,
    NextQuestion,
    SavedPrompt,
    Turn,
    UserFact,
)
from chat.protocols import websocket
from documents.models import Collection, CollectionShare, Document, Source, Transcription
from documents.tests.library import TokenClient, ready_document
from tests import routes
from tests.routes import Field, Route
from tests.statements import noted_statements

pytestmark = pytest.mark.django_db(transaction=True)

# Words of the hidden document, its title, collection and chat.
SECRETS = (b"zeppelin", b"falcon")
# Addresses that answer whoever asks, reviewed one by one; all others want an account.
PUBLIC = {
    "/", "/favicon.ico", "/manifest.webmanifest", "/service-worker.js", "/offline/",
    "/accounts/login/", "/accounts/signup/",
    "/accounts/password/reset/", "/accounts/password/reset/done/",
    "/accounts/password/reset/complete/", "/accounts/password/reset/{uidb64}/{token}/",
    "/accounts/language/",
    "/api/auth/register", "/api/auth/token", "/api/auth/token/refresh", "/api/auth/token/revoke",
}  # fmt: skip
# Ids that name a place in a list and open nothing, and names that are no ids.
PLACES = {"cursor", "after"}
NOT_IDS = {"model", "uidb64", "token", "kind"}
NAMES = {"model": "echo", "kind": "commands"}
# Who was never let in, or is nobody any more; and who could read the document before, each of whom
# lost that in another way.
OUTSIDE = ["stranger", "anonymous", "deactivated"]
SHUT_OUT = [*OUTSIDE, "revoked", "leaver", "unnamed"]
CARRIERS = ["session", "token", "key"]
# What brings somebody in decides who they are, and what they may do at all; by which of their
# rights a thing is theirs is asked of the same person then. So those who have lost one come with
# a session, which opens pages and the API.
WAYS = [
    (how, carrier) for how in SHUT_OUT for carrier in (CARRIERS if how in OUTSIDE else ["session"])
]
# What they have lost; all the rest was never theirs, as it is no stranger's.
LOST = {"chunk", "collection", "collections", "document", "documents", "version", "versions"}


class Hidden:
    """A document in a collection, and a chat about it, none of which the others may see."""

    def __init__(self) -> None:
        self.owner = User.objects.create_user("olga", "olga@example.org", "a long password 1")
        self.collection = Collection.objects.create(owner=self.owner, name="Falcon papers")
        self.document = ready_document(
            self.owner, ["The zeppelin lands at noon."], title="falcon.pdf",
            collection=self.collection,
        )  # fmt: skip
        self.source = Source.objects.create(
            owner=self.owner, collection=self.collection, name="Falcon", kind="folder",
            address="/srv/zeppelin",
        )  # fmt: skip
        self.source.items.create(key="x", key_digest="x", path="falcon.pdf", seen=1, state="failed")
        self.folder = Folder.objects.create(owner=self.owner, name="Falcon folder")
        self.conversation = Conversation.objects.create(owner=self.owner, title="On falcon")
        self.message = Message.objects.create(
            conversation=self.conversation, role="assistant", content="A zeppelin lands."
        )
        self.turn = Turn.objects.create(
            owner=self.owner, message=self.message, model="echo", state=Turn.State.DONE,
            prompt=[{"name": "instructions", "text": "Falcon.", "tokens": 2}],
        )  # fmt: skip
        self.prompt = SavedPrompt.objects.create(
            owner=self.owner, title="On falcon", text="A zeppelin."
        )
        self.question = NextQuestion.objects.create(
            owner=self.owner, conversation=self.conversation, request_id="zeppelin",
            content="Which zeppelin?", choices={"model": "echo"}, refusal="falcon",
        )  # fmt: skip
        self.fact = UserFact.objects.create(owner=self.owner, text="Flies a zeppelin.")
        self.attachment = Attachment.objects.create(
            owner=self.owner, filename="falcon.png", media_type="image/png", width=1, height=1,
            data=b"zeppelin", text="A zeppelin.",
        )  # fmt: skip
        self.attachment.messages.add(self.message)
        self.batch = Batch.objects.create(
            owner=self.owner, kind="questions", title="On falcon", model="echo", state="done"
        )
        self.batch.items.create(position=1, text="Which zeppelin?", answer="falcon", state="done")
        self.transcription = Transcription.objects.create(
            owner=self.owner, file="recordings/falcon", media_type="audio/wav", text="zeppelin",
            state="done",
        )  # fmt: skip
        self.link = sharing.share(self.owner, self.conversation, audience="anyone", days=1)
        ChatShare.objects.update(expires=self.link.created)
        self.export = DataExport.objects.create(
            user=self.owner, file="exports/falcon.zip", state="ready"
        )
        self.imported = ChatImport.objects.create(
            owner=self.owner, file="imports/falcon", filename="falcon.zip", state="done"
        )

        self.call = Call.objects.create(
            message=self.message, step=1, call_id="a", name="save_prompt",
            arguments='{"title": "zeppelin", "text": "falcon"}', state=Call.State.WAITING,
        )  # fmt: skip

    def ids(self) -> dict[str, UUID | int]:
        return {
            "collection_id": self.collection.pk,
            "document_id": self.document.pk,
            "source_id": self.source.pk,
            "conversation_id": self.conversation.pk,
            "message_id": self.message.pk,
            "turn_id": self.turn.pk,
            "chat_id": self.conversation.pk,
            "key_id": uuid4(),
            "share_id": 1,
            "prompt_id": self.prompt.pk,
            "call_id": self.call.pk,
            "fact_id": self.fact.pk,
            "question_id": self.question.pk,
            "transcription_id": self.transcription.pk,
            "batch_id": self.batch.pk,
            "attachment_id": self.attachment.pk,
            "import_id": self.imported.pk,
            "folder_id": self.folder.pk,
            "export_id": self.export.pk,
            "link_id": self.link.pk,
            # Of a link that has run out; those that open are tested by themselves.
            "share": sharing.get_token(self.link),
        }

    def of_field(self, name: str) -> UUID:
        kind = name.removesuffix("s").removesuffix("_id")
        return {
            "collection": self.collection.pk,
            "document": self.document.pk,
            "conversation": self.conversation.pk,
            "parent": self.message.pk,
            "leaf": self.message.pk,
            "folder": self.folder.pk,
            "turn": self.turn.pk,
            "call": self.call.pk,
            "attachment": self.attachment.pk,
        }[kind]


@pytest.fixture
def hidden_data(settings, tmp_path, fake_model: str) -> Hidden:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.LOCAL_CHAT = False
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = fake_model, "sk-123"
    settings.CHAT_MODEL = "echo"
    settings.LOGIN_RATE = "100000/m"
    return Hidden()


def shut_out(hidden_data: Hidden, how: str, carrier: str) -> AsyncClient:
    """A client of somebody who may not see it; access is taken away after they signed in."""
    if how == "anonymous":
        nobody = {"session": AsyncClient(), "key": TokenClient(f"{keys.PREFIX}none")}
        return nobody.get(carrier) or TokenClient("none")
    user = User.objects.create_user(how, f"{how}@example.org", "a long password 1")
    group = Group.objects.create(name="crew")
    if how in {"revoked", "deactivated", "unnamed"}:
        CollectionShare.objects.create(collection=hidden_data.collection, user=user)
    if how == "leaver":
        user.groups.add(group)
        CollectionShare.objects.create(collection=hidden_data.collection, group=group)
    client = AsyncClient()
    if carrier == "session":
        client.force_login(user)
    elif carrier == "key":
        client = TokenClient(keys.create(user, "script", ApiKey.Scope.values)[1])
    else:
        client = TokenClient(tokens.issue(user).access)
    _take_away(hidden_data, user, how)
    return client


def _take_away(hidden_data: Hidden, user: User, how: str) -> None:
    if how == "revoked":
        hidden_data.collection.shares.all().delete()
    if how == "leaver":
        user.groups.clear()
    if how == "deactivated":
        User.objects.filter(pk=user.pk).update(is_active=False)
    if how == "unnamed":
        Document.objects.update(restricted=True)


async def answer(client: AsyncClient, route: Route, ids: dict[str, Any]) -> tuple[int, bytes]:
    path = re.sub(r"{(\w+)}", lambda found: str(ids[found[1]]), route.path)
    sent: dict[str, Any] = {}
    if isinstance(route.body, dict) and path.startswith(("/api/", "/v1/")):
        sent = {"data": json.dumps(route.body, default=str), "content_type": "application/json"}
    response = await getattr(client, route.method)(path, **sent)
    if response.streaming:
        return response.status_code, b"".join([part async for part in response])
    # The address asked for, to come back to, and the token of a form are of the request; what
    # stands among the notices was said by a request before.
    body = re.sub(rb'value="\w{64}"', b"", response.content).replace(path.encode(), b"")
    body = re.sub(rb'<div class="notices".+?</div>\s+</div>', b"", body, flags=re.DOTALL)
    return response.status_code, b" ".join(body.split())


async def answer_and_count(
    client: AsyncClient, route: Route, ids: dict[str, Any]
) -> tuple[tuple[int, bytes], int]:
    """Return an answer, and how many statements it took."""
    with noted_statements() as statements:
        return await answer(client, route, ids), len(statements)


def make_unknown_ids(hidden_data: Hidden) -> dict[str, UUID | int]:
    return {name: uuid4() if isinstance(known, UUID) else 987654 for name, known in
            hidden_data.ids().items()}  # fmt: skip


def with_ids() -> list[Route]:
    every = [*routes.pages(), *routes.operations()]
    return [route for route in every if set(route.parameters) - NOT_IDS]


def is_concerned(how: str, names: Iterable[str]) -> bool:
    """Tell if it may matter for what is named so that somebody was let in before."""
    kinds = {name.removesuffix("_id") for name in names}
    return how in OUTSIDE or not LOST.isdisjoint(kinds)


def is_api(route: Route) -> bool:
    return route.path.startswith(("/api/", "/v1/"))


def test_there_is_something_hidden_for_every_parameter(hidden_data):
    assert len(with_ids()) > 40
    for route in with_ids():
        assert set(route.parameters) - NOT_IDS <= set(hidden_data.ids()), route
    for field in routes.id_fields():
        if field.name not in PLACES:
            assert hidden_data.of_field(field.name), field


@pytest.mark.parametrize(("how", "carrier"), WAYS)
async def test_what_is_hidden_answers_as_what_does_not_exist(hidden_data, how, carrier):
    client = await in_db(shut_out, hidden_data, how, carrier)
    # One who still reads the collection sees that, and must not see its restricted document.
    seen = {"collection_id"} if how == "unnamed" else set()
    for route in with_ids():
        # Neither a key nor a token opens a page, whoever has it; what no key may call is the same
        # for what exists and what does not.
        is_read = is_api(route) or carrier == "session" or (how, carrier) == ("stranger", "token")
        if seen & set(route.parameters) or not is_read:
            continue
        if not is_concerned(how, route.parameters):
            continue
        real, work = await answer_and_count(client, route, hidden_data.ids())
        unknown, usual = await answer_and_count(client, route, make_unknown_ids(hidden_data))
        assert real == unknown, route
        if work != usual:
            # Something was looked up for a while, as a token and the models are.
            _, work = await answer_and_count(client, route, hidden_data.ids())
        # Nor does the time tell them apart.
        assert work == usual, route
        # 204 is how one protocol says that nothing is being written.
        assert real[0] in {204, 302, 401, 404, 405, 422, *({403} if carrier == "key" else ())}, (
            route
        )
        for secret in SECRETS:
            assert secret not in real[1].lower(), route
    assert await in_db(Document.objects.filter(title="falcon.pdf").exists)
    assert await in_db(Collection.objects.filter(name="Falcon papers").exists)
    assert await in_db(Conversation.objects.filter(title="On falcon").exists)


@pytest.mark.parametrize(("how", "carrier"), WAYS)
async def test_no_field_tells_whether_a_hidden_id_exists(hidden_data, how, carrier):
    client = await in_db(shut_out, hidden_data, how, carrier)
    for field in routes.id_fields():
        if field.name in PLACES or (how == "unnamed" and field.name.startswith("collection")):
            continue
        if not is_concerned(how, [field.name]):
            continue
        real = await _send_value(client, field, hidden_data, hidden_data.of_field(field.name))
        assert real == await _send_value(client, field, hidden_data, uuid4()), field
        assert real[0] in {401, 403, 404, 409}, (field, real)
        for secret in SECRETS:
            assert secret not in real[1].lower(), field


async def _send_value(client: AsyncClient, field: Field, hidden_data: Hidden, value: UUID) -> Any:
    route, given = field.route, [str(value)] if field.is_list else str(value)
    ids: dict[str, Any] = hidden_data.ids()
    if field.place == "query":
        return await answer(client, Route(route.method, f"{route.path}?{field.name}={value}"), ids)
    if field.place == "form":
        body = {"file": SimpleUploadedFile("a.txt", b"text"), field.name: given}
        response = await client.post(route.path, body)
        return response.status_code, response.content
    return await answer(client, Route(route.method, route.path, route.body | {field.name: given}),
                        ids)  # fmt: skip


@pytest.mark.parametrize("how", SHUT_OUT)
async def test_no_list_and_no_search_shows_what_is_hidden(hidden_data, how):
    client = await in_db(shut_out, hidden_data, how, "token")
    lists = [route for route in routes.operations() if route.method == "get"]
    search = {"query": "zeppelin falcon", "mode": "lexical"}
    for route in [*(r for r in lists if not r.parameters), Route("post", "/api/documents/search",
                                                                 search)]:  # fmt: skip
        _, body = await answer(client, route, {})
        if not (how == "unnamed" and route.path == "/api/collections"):
            for secret in SECRETS:
                assert secret not in body.lower(), route


async def test_everything_but_a_reviewed_list_wants_an_account(hidden_data):
    for route in [*routes.pages(), *routes.operations()]:
        if route.path not in PUBLIC:
            status, body = await answer(AsyncClient(), route, NAMES | hidden_data.ids())
            assert status in {302, 401, 405}, route
            assert b"<title>" not in body, route


def frames_with_ids() -> Iterator[tuple[str, str, bool]]:
    """From the socket's own table: the type of a frame, its field, and whether that is a list."""
    for kind, frame in websocket.FRAMES.items():
        for name, field in frame.model_fields.items():
            if "UUID" in str(field.annotation):
                yield kind, name, "list[" in str(field.annotation)


async def socket_of(client: AsyncClient, carrier: str) -> WebsocketCommunicator:
    if carrier == "session":
        cookies = "; ".join(f"{each.key}={each.value}" for each in client.cookies.values())
        headers = [(b"origin", b"http://testserver"), (b"host", b"testserver")]
        headers.append((b"cookie", cookies.encode()))
        return WebsocketCommunicator(application, "/ws/chat/", headers=headers)
    secret = client._sent["Authorization"].removeprefix("Bearer ")
    return WebsocketCommunicator(application, "/ws/chat/", subprotocols=["bearer", secret])


@pytest.mark.parametrize(("how", "carrier"), WAYS)
async def test_a_socket_tells_nothing_about_a_hidden_id(hidden_data, how, carrier):
    client = await in_db(shut_out, hidden_data, how, carrier)
    socket = await socket_of(client, carrier)
    is_open, code = await socket.connect(timeout=60)
    if how in {"anonymous", "deactivated"}:
        assert (is_open, code) == (False, websocket.UNAUTHENTICATED)
        return
    assert is_open
    tried = list(frames_with_ids())
    assert len(tried) > 5
    for kind, name, is_list in tried:
        if how == "unnamed" and name.startswith("collection"):
            continue
        told = []
        for each in (hidden_data.of_field(name), uuid4()):
            frame = {"type": kind, name: [str(each)] if is_list else str(each)}
            if kind == "send":
                frame["content"] = "where?"
            if kind == "decide":
                frame |= {"token": "none", "confirm": True}
            if name == "parent_id":
                frame["conversation_id"] = str(hidden_data.conversation.pk)
            await socket.send_to(text_data=json.dumps(frame))
            told.append(json.loads(await socket.receive_from(timeout=60)))
        assert told[0] == told[1], (kind, name)
        assert told[0]["data"]["code"] == "not_found", (kind, name)
    await socket.disconnect()


@pytest.mark.parametrize("how", ["revoked", "leaver", "unnamed"])
async def test_an_old_answer_keeps_its_text_and_loses_what_it_quoted(hidden_data, how):
    client = await in_db(shut_out, hidden_data, how, "token")

    def own_answer() -> Message:
        own = Conversation.objects.create(owner=User.objects.get(username=how), title="Mine")
        message = Message.objects.create(
            conversation=own, role="assistant", content="It lands at noon [1]."
        )
        Turn.objects.create(owner=own.owner, message=message, model="echo", state=Turn.State.DONE)
        Citation.objects.create(
            message=message, n=1, version=hidden_data.document.current, start=0, end=9, page=1,
            document_title="falcon.pdf", quote="The zeppelin lands at noon.",
            columns="| falcon | zeppelin |",
        )  # fmt: skip
        return message

    message = await in_db(own_answer)
    page = AsyncClient()
    await page.aforce_login(await in_db(User.objects.get, username=how))
    ids = {"turn_id": message.turn.pk, "conversation_id": message.conversation_id,
           "message_id": message.pk, "chat_id": message.conversation_id}  # fmt: skip
    read = 0
    for route in with_ids():
        if route.method == "get" and set(route.parameters) <= set(ids):
            for each in (client, page):
                _, body = await answer(each, route, ids)
                read += b"at noon" in body
                assert b"zeppelin" not in body, route
                assert b"falcon" not in body, route
                assert str(hidden_data.document.pk).encode() not in body, route
    assert read >= 4
