"""Each preset against a server that behaves like its vendor, from the first form to an answer."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from accounts.models import Price, User
from aiapp.llm import registry
from aiapp.llm.catalogue import lessons
from chat.endpoints.presets import PRESETS
from chat.models import Endpoint, EndpointModel
from chat.tests import scripted_vendors
from chat.tests.conftest import ask, entries, text_of
from chat.tests.scripted_vendors import RIGHT_KEY, Vendor
from tests.processes import web_server

WRONG_KEY = "sk-wrong-0123456789abcdef"
REFUSED = "The server refused the key."


@pytest.fixture(autouse=True)
def _forget() -> None:
    lessons._known.clear()


@pytest.fixture
def server() -> Iterator[web_server.WebServer]:
    with web_server.running("127.0.0.1") as running:
        yield running


@pytest.fixture(params=scripted_vendors.KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def vendor(kind: str, server: web_server.WebServer) -> Vendor:
    return scripted_vendors.start(server, kind)


def connect(admin: Client, kind: str, address: str, key: str) -> tuple[Endpoint | None, str]:
    """Fill in the form, and return the endpoint with what the page after it says."""
    form = {"kind": kind, "name": "mine", "address": address, "key": key, "position": "0"}
    page = admin.post(f"/admin/chat/endpoint/add/?kind={kind}", form, follow=True)
    return Endpoint.objects.filter(name="mine").first(), page.content.decode()


def switch_on(admin: Client, endpoint: Endpoint, *names: str) -> EndpointModel:
    """Switch models on by ticking what is listed and entering the rest."""
    listed = [name for name in names if name in endpoint.listed]
    body = {"on": listed, "shown": listed, "names": " ".join(set(names) - set(listed))}
    admin.post(f"/admin/chat/endpoint/{endpoint.pk}/models/", body, follow=True)
    return EndpointModel.objects.get(upstream=names[0])


def try_model(admin: Client, model: EndpointModel) -> str:
    page = admin.post(f"/admin/chat/endpoint/{model.endpoint_id}/test/", {"model": model.pk})
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


async def answer(user: User, model: str) -> str:
    """Ask and read in one event loop, in which the turn runs."""
    return text_of(await entries((await ask(user, model)).turn))


def test_every_preset_has_its_server_here() -> None:
    assert set(scripted_vendors.KINDS) == set(PRESETS)


def test_it_is_connected_by_its_host_alone_tested_and_asked(
    admin: Client, alice: User, kind: str, vendor: Vendor
) -> None:
    key = RIGHT_KEY if PRESETS[kind].needs_key else ""
    endpoint, page = connect(admin, kind, vendor.host_url, key)
    assert endpoint is not None, page
    assert endpoint.error == "", page
    expected = vendor.base_url.removesuffix("/v1") if kind == "anthropic" else vendor.base_url
    assert endpoint.address == expected
    # What is no model for conversations is not offered.
    assert not re.search(r"value=\"[^\"]*(?:embed|whisper|dall-e)", page)
    assert PRESETS[kind].lists_models == (f'value="{vendor.manner.model}"' in page)
    said = endpoint.listed.get(vendor.manner.model, {})
    assert said.items() >= vendor.manner.said.items()
    model = switch_on(admin, endpoint, vendor.manner.model)
    told = try_model(admin, model)
    assert "It answered “Paris”" in told
    assert ("It calls tools." in told) == ("tools" not in vendor.manner.refusals)
    for what in vendor.manner.refusals:
        assert f"Its server refuses {what}" in told
    assert ("It sees pictures." in told) == bool(registry.info(model.name).vision)
    assert registry.info(model.name).tools == ("tools" not in vendor.manner.refusals)
    assert async_to_sync(answer)(alice, model.name) == "Paris"
    if price := vendor.manner.said.get("price"):
        assert float(Price.objects.get(model=model.name).input) == price["input"]


def test_a_wrong_key_is_one_sentence_and_nowhere_else(
    admin: Client, kind: str, vendor: Vendor, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        endpoint, page = connect(admin, kind, vendor.host_url, WRONG_KEY)
        assert endpoint is not None, page
        if not vendor.manner.is_list_public:
            assert REFUSED in endpoint.error
            assert REFUSED in page
        told = try_model(admin, switch_on(admin, endpoint, vendor.manner.model))
    assert REFUSED in told
    for text in (page, told, caplog.text, str(Endpoint.objects.values())):
        assert WRONG_KEY not in text
        assert WRONG_KEY[-6:] not in text


def test_a_model_that_it_does_not_have_is_named(admin: Client, kind: str, vendor: Vendor) -> None:
    endpoint, _ = connect(admin, kind, vendor.host_url, RIGHT_KEY)
    assert endpoint is not None
    told = try_model(admin, switch_on(admin, endpoint, "none"))
    assert "The server has no model “none” that this key may use." in told


def test_ollama_is_asked_for_no_more_than_it_reads(
    admin: Client, server: web_server.WebServer
) -> None:
    """A longer prompt loses its beginning there, the rules with it, without a word."""
    vendor = scripted_vendors.Ollama(server)
    vendor.shown["gemma3:latest"]["parameters"] = "num_ctx                        8192\nstop x"
    endpoint, _ = connect(admin, "ollama", vendor.host_url, "")
    assert endpoint is not None
    model = switch_on(admin, endpoint, "gemma3:latest")
    assert registry.info(model.name).context == 8_192
    # What it was loaded with is what counts.
    vendor.default_context = 4_096
    assert "Ollama lets it read 4,096 tokens at once" in try_model(admin, model)
    assert registry.info(model.name).context == 4_096
    vendor.default_context = 65_536
    assert "It reads 65,536 tokens at once." in try_model(admin, model)
    assert registry.info(model.name).context == 65_536


@pytest.mark.parametrize(
    "shown",
    [
        {"parameters": "num_ctx 99999999999999999999"},
        {"parameters": ["num_ctx", 8192], "model_info": "none", "capabilities": "completion"},
        {"model_info": {"a.context_length": "many", "b.context_length": -1}},
        {},
    ],
)
def test_what_ollama_tells_is_not_believed_before_it_is_looked_at(
    admin: Client, server: web_server.WebServer, shown: dict[str, Any]
) -> None:
    vendor = scripted_vendors.Ollama(server)
    vendor.shown["gemma3:latest"] = shown
    endpoint, page = connect(admin, "ollama", vendor.host_url, "")
    assert endpoint is not None
    assert endpoint.error == "", page
    assert endpoint.listed["gemma3:latest"]["context"] == 4_096
