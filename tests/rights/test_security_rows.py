"""Faults that systems of this kind have had and that no other test is about (docs/security.md)."""

import re
from pathlib import Path

import httpx2
import pytest
from django.conf import settings as django_settings
from django.test import AsyncClient, Client

from accounts.credentials import keys, tokens
from accounts.models import ApiKey, RefreshSession, User
from aiapp.db import in_db
from chat.models import Conversation, Message, Turn
from tests import routes

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(django_settings.BASE_DIR)


@pytest.fixture
def ann(settings, fake_model: str) -> User:
    settings.LOCAL_CHAT = False
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = fake_model, "sk-123"
    settings.CHAT_MODEL = "echo"
    return User.objects.create_user("ann", "ann@example.org", "a long password 1")


def bearer(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.issue(user).access}"}


def post(path: str, body: object, user: User, **headers: str) -> object:
    return Client().post(
        path, body, content_type="application/json", headers=bearer(user) | headers
    )


@pytest.mark.parametrize("stray", ["owner", "owner_id", "user_id", "is_staff", "api_base"])
def test_no_body_takes_a_field_that_is_not_its_own(ann, stray):
    tried = 0
    for route in routes.operations():
        # Other protocols than ours have fields that we do not know, see the next test.
        is_ours = not route.path.startswith(("/v1/", "/api/ai-sdk/"))
        if isinstance(route.body, dict) and is_ours:
            path = re.sub(r"{\w+}", "0193b1d2-7c41-7cc3-9a53-0d3c8f6f2a10", route.path)
            answer = getattr(Client(), route.method)(
                path, route.body | {stray: "x"}, content_type="application/json",
                headers=bearer(ann),
            )  # fmt: skip
            assert answer.status_code in {400, 422}, route
            assert stray in answer.content.decode(), route
            tried += 1
    assert tried > 15


@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions"])
def test_nobody_chooses_where_a_question_is_sent(ann, fake_model, path):
    question = {"messages": [{"role": "user", "content": "hello"}], "model": "echo"}
    assert post(path, question | {"model": "http://x/y"}, ann).status_code in {400, 404, 422}
    assert not Turn.objects.exists()
    places = {"api_base": "http://127.0.0.1:1", "base_url": "http://127.0.0.1:1", "models": ["x"]}
    answer = post(path, question | places, ann)
    # Refused, or answered by the site's own server, which hears nothing of it.
    assert answer.status_code in {200, 422}
    seen = httpx2.get(fake_model.removesuffix("/v1") + "/requests").json()["requests"]
    assert not [each for each in seen if set(places) & set(each)]


def test_the_models_server_sees_nothing_of_who_asked(ann, fake_model):
    answer = post(
        "/api/chat",
        {"messages": [{"role": "user", "content": "hello"}], "collections": []},
        ann,
        Cookie="sessionid=secret-cookie",
        **{"X-Secret": "secret-header"},
    )
    assert answer.status_code == 200
    seen = httpx2.get(fake_model.removesuffix("/v1") + "/requests").json()
    headers = str(seen.get("headers", seen)).lower()
    assert "authorization" in headers
    for secret in ("cookie", "x-secret", "eyj", "ann@example.org"):
        assert secret not in headers


def test_secrets_are_long_random_and_kept_as_hashes(ann):
    pairs = [tokens.issue(ann) for _ in range(2)]
    secrets = [keys.create(ann, f"k{n}", ["chat"])[1] for n in range(2)]
    for secret in secrets:
        # 256 bits in base64 are 43 characters.
        assert len(secret.removeprefix(keys.PREFIX)) >= 43
    assert len(set(secrets)) == 2
    kept = str([*ApiKey.objects.values(), *RefreshSession.objects.values()])
    for secret in (*secrets, *(pair.refresh for pair in pairs)):
        assert secret not in kept


async def test_no_chosen_name_opens_anothers_chat(ann):
    bob = await in_db(User.objects.create_user, "bob", "bob@example.org", "a long password 1")
    body = {
        "id": "my-chat",
        "messages": [{"role": "user", "parts": [{"type": "text", "text": "hello"}]}],
    }
    for user in (ann, bob):
        answer = await AsyncClient().post(
            "/api/ai-sdk/chat",
            body,
            content_type="application/json",
            headers=await in_db(bearer, user),
        )
        assert answer.status_code == 200
        assert b"[DONE]" in b"".join([part async for part in answer])
    assert await Conversation.objects.filter(client_id="my-chat").acount() == 2
    assert await Message.objects.filter(conversation__owner=bob).acount() == 2


def test_every_test_that_the_list_names_is_there():
    text = (ROOT / "docs/security.md").read_text()
    sources = {path: path.read_text() for path in ROOT.glob("*/**/test_*.py")}
    for path in re.findall(r"`([\w/]+\.py)", text):
        assert (ROOT / path).exists(), path
    for name in re.findall(r"(test_\w+)(?!\w*\.py)\b", text):
        in_files = any(f"def {name}(" in source for source in sources.values())
        assert in_files or any(path.stem == name for path in sources), name
