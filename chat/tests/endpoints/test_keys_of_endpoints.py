"""The key of an endpoint is encrypted, outlives its secret's rotation and is lost in one piece."""

import pytest
from django.core.exceptions import ValidationError
from django.test import AsyncClient
from pytest_django import Settings

from accounts.models import User
from aiapp.db import in_db
from aiapp.llm import registry
from chat.endpoints import connecting, keys, loading
from chat.models import Endpoint
from chat.tests.conftest import ask, entries
from chat.tests.connected import KEY, connect, switch_on


@pytest.mark.usefixtures("transactional_db")
def test_the_database_holds_nothing_of_a_key(fake_model: str) -> None:
    endpoint = connect("gateway", fake_model)
    (row,) = Endpoint.objects.filter(pk=endpoint.pk).values()
    assert KEY not in str(row)
    assert KEY[-4:] not in str(row["sealed_key"])
    assert keys.unseal(row["sealed_key"]) == KEY


def test_a_key_is_read_by_a_former_secret_and_written_with_the_new_one(settings: Settings) -> None:
    sealed = keys.seal(KEY)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another secret of at least 32 characters"
    settings.SECRET_KEY_FALLBACKS = [former]
    assert keys.unseal(sealed) == KEY
    renewed = keys.reseal(sealed)
    settings.SECRET_KEY_FALLBACKS = []
    assert keys.unseal(renewed) == KEY
    with pytest.raises(keys.KeyUnreadable):
        keys.unseal(sealed)


@pytest.mark.usefixtures("transactional_db")
def test_all_keys_are_rotated_and_the_unreadable_named(settings: Settings, fake_model: str) -> None:
    kept, lost = connect("kept", fake_model), connect("lost", fake_model)
    Endpoint.objects.filter(pk=lost.pk).update(sealed_key="gAAAAA-of-another-site")
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another secret of at least 32 characters"
    settings.SECRET_KEY_FALLBACKS = [former]
    assert connecting.rotate_keys() == (1, ["lost"])
    settings.SECRET_KEY_FALLBACKS = []
    kept.refresh_from_db()
    assert keys.unseal(kept.sealed_key) == KEY


async def test_a_key_that_cannot_be_read_is_told_and_hurts_nobody_else(
    alice: User, fake_model: str
) -> None:
    lost = await in_db(connect, "lost", fake_model)
    await in_db(switch_on, lost, "says-lost")
    other = await in_db(connect, "other", fake_model)
    await in_db(switch_on, other, "says-hello")
    await in_db(Endpoint.objects.filter(pk=lost.pk).update, sealed_key="gAAAAA-of-another-site")
    await in_db(loading.load)
    failed = await entries((await ask(alice, "says-lost")).turn)
    assert failed[-1].data["state"] == "failed"
    (error,) = [entry.data for entry in failed if entry.kind == "error"]
    assert error["message"] == (
        "The key of this model's server cannot be read. The administrator must enter it again."
    )
    assert (await entries((await ask(alice, "says-hello")).turn))[-1].data["content"] == "hello "
    client = AsyncClient()
    await client.aforce_login(alice)
    assert (await client.get("/chat/")).status_code == 200
    assert "says-hello" in await registry.names()


@pytest.mark.parametrize("pasted", [f"  {KEY}\n", f'"{KEY}"', f"Bearer {KEY}", f"bearer  {KEY} "])
def test_what_came_along_with_a_key_is_left_off(pasted: str) -> None:
    assert keys.clean_key(pasted) == KEY


@pytest.mark.parametrize(
    "pasted", ["sk-one\nX-Evil: 1", "sk one", "sk-\u201cquoted\u201d", "x" * 3000]
)
def test_what_is_no_key_is_refused(pasted: str) -> None:
    with pytest.raises(ValidationError, match="not a key"):
        keys.clean_key(pasted)
