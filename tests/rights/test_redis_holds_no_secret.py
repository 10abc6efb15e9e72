"""Redis is read by more than the site: its dumps lie in backups, its queues wait in clear.

So tasks carry ids alone, no credential is written there in any form, and what somebody else wrote
there is data and never a program.
"""

import base64
import inspect
import json
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.core import mail
from django.core.cache import cache
from django.test import Client
from kombu.exceptions import ContentDisallowed
from kombu.serialization import loads
from redis import Redis

from accounts.models import User
from aiapp.celery import app
from documents.models import Collection
from documents.sources import saving
from documents.tests.sources import make_source

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "the password of alice 7"
# Of what a task does, beside the ids of what it does it to.
HARMLESS = {"language", "seconds", "name"}


@pytest.fixture
def redis() -> Iterator[Redis]:
    with Redis.from_url(site.REDIS_URL) as client:
        client.flushdb()
        yield client
        client.flushdb()


def read_all(redis: Redis) -> bytes:
    """Read every name and value, as a dump has them."""
    held = b""
    for key in redis.scan_iter():
        kind = redis.type(key)
        held += key
        if kind == b"string":
            held += redis.get(key) or b""
        elif kind == b"list":
            held += b"".join(map(_unfold, redis.lrange(key, 0, -1)))
        elif kind == b"stream":
            held += repr(redis.xrange(key)).encode()
        elif kind == b"hash":
            held += repr(redis.hgetall(key)).encode()
        elif kind == b"zset":
            held += repr(redis.zrange(key, 0, -1)).encode()
        else:
            held += repr(redis.smembers(key)).encode()
    return held


def _unfold(message: bytes) -> bytes:
    """Return a message of a queue with its body, which stands in it in Base64."""
    return message + base64.b64decode(json.loads(message)["body"])


def sign_in_everywhere(client: Client) -> list[str]:
    """Sign in and ask in every way, and return all that lets somebody in."""
    browser = Client()
    form = {"username": "alice", "password": PASSWORD}
    browser.post("/accounts/login/", {"username": "alice", "password": "nearly the password 7"})
    assert browser.post("/accounts/login/", form).status_code == 302
    as_json = {"content_type": "application/json"}
    pair = client.post("/api/auth/token", form, **as_json).json()
    again = client.post("/api/auth/token/refresh", {"refresh": pair["refresh"]}, **as_json).json()
    bearer = {"Authorization": f"Bearer {again['access']}"}
    named = {"name": "script", "scopes": ["chat"]}
    key = client.post("/api/keys", named, headers=bearer, **as_json).json()["key"]
    question = {"messages": [{"role": "user", "content": "hello"}], "collections": []}
    for secret in (key, again["access"]):
        headers = {"Authorization": f"Bearer {secret}"}
        assert client.post("/api/chat", question, headers=headers, **as_json).status_code == 200
    session = browser.cookies[site.SESSION_COOKIE_NAME].value
    return [PASSWORD, "nearly the password 7", session, key, *pair.values(), *again.values()]


def test_no_credential_is_in_redis(settings, redis: Redis, fake_model: str, tmp_path: Path):
    settings.LOCAL_CHAT = False
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = fake_model, "sk-of-the-site-7"
    settings.CHAT_MODEL, settings.MEDIA_ROOT = "echo", tmp_path / "files"
    alice = User.objects.create_user("alice", "alice@example.org", PASSWORD, is_superuser=True)
    secrets = [*sign_in_everywhere(Client()), "sk-of-the-site-7", settings.SECRET_KEY]
    source = make_source(alice, "webdav", "http://127.0.0.1:1/x", credential="dav-password-7")
    saving.add(source, alice)
    Client().post("/accounts/password/reset/", {"email": "alice@example.org"})
    # The message that asks for the letter, before a worker writes it.
    assert not mail.outbox
    held = read_all(redis)
    # The queues were read: whom they are about is in them.
    assert str(source.pk).encode() in held
    assert str(alice.pk).encode() in held
    assert [secret for secret in (*secrets, "dav-password-7") if secret.encode() in held] == []
    assert Collection.objects.get() == source.collection


def test_tasks_are_told_ids_alone():
    own = [
        task for name, task in app.tasks.items() if re.match("(accounts|chat|documents)[.]", name)
    ]
    assert len(own) > 10
    for task in own:
        told = set(inspect.signature(task.run).parameters)
        assert all(name.endswith("_id") for name in told - HARMLESS), (task.name, told)


class Program:
    """A program that runs when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return Path.touch, (self.marker,)


def test_what_others_write_into_redis_is_never_run(redis: Redis, tmp_path: Path):
    marker = tmp_path / "ran"
    program = pickle.dumps(Program(marker))
    cache.set("known", 1)
    (name,) = redis.scan_iter(match="*known*")
    redis.set(name, program)
    with pytest.raises(UnicodeDecodeError):
        cache.get("known")
    kinds = app.conf.accept_content
    with pytest.raises(ContentDisallowed):
        loads(program, "application/x-python-serialize", "binary", accept=kinds)
    assert not marker.exists()
    # It would have run.
    pickle.loads(program)  # noqa: S301 - made above
    assert marker.exists()
