"""The pages of model endpoints: what is wrong is said in a sentence, and no key is ever shown."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from pytest_django import Settings

from accounts.models import Price, User
from chat.endpoints import discovery, keys, presets
from chat.endpoints.presets import Preset
from chat.models import Endpoint, EndpointModel
from chat.tests.connected import KEY, connect, switch_on
from chat.tests.scripted_vendors import MANNERS, Vendor
from tests.processes import web_server
from tests.processes.web_server import WebServer

PAGES = "/admin/chat/endpoint/"


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server.running("127.0.0.1") as running:
        yield running


def add(admin: Client, address: str, kind: str = "other", **more: Any) -> str:
    form = {"kind": kind, "name": "mine", "address": address, "position": "0"} | more
    return admin.post(f"{PAGES}add/?kind={kind}", form, follow=True).content.decode()


def change(admin: Client, endpoint: Endpoint, **more: Any) -> str:
    form = {
        "kind": endpoint.kind,
        "name": endpoint.name,
        "address": endpoint.address,
        "is_enabled": "on",
        "position": "0",
    }
    path = f"{PAGES}{endpoint.pk}/change/"
    page: str = admin.post(path, form | more, follow=True).content.decode()
    endpoint.refresh_from_db()
    return page


# -- What is wrong with an address --------------------------------------------------------------


def test_a_path_that_leads_nowhere_is_completed(admin: Client, server: WebServer) -> None:
    vendor = Vendor(server, MANNERS["other"])
    page = add(admin, f"{vendor.host_url}wrong")
    assert Endpoint.objects.get().address == vendor.base_url
    assert 'value="a-model"' in page


def test_lm_studio_answers_a_wrong_path_with_success(admin: Client, server: WebServer) -> None:
    vendor = Vendor(server, MANNERS["lmstudio"])
    words = '{"error":"Unexpected endpoint or method. (GET /api/v0/models)"}'
    server.serve("/api/v0/models", words, Content_Type="application/json")
    add(admin, f"{vendor.host_url}api/v0", "lmstudio")
    assert Endpoint.objects.get().address == vendor.base_url


@pytest.mark.parametrize(
    ("path", "reply", "sentence"),
    [
        (
            "/v1",
            {"body": "<!doctype html><title>Welcome</title>"},
            "The server returned a web page",
        ),
        ("/v1", {"body": "{}", "Content_Type": "application/json"}, "lists no models"),
        ("/v1", {"status": 302, "Location": "https://elsewhere.example/v1"}, "elsewhere.example"),
        ("/v1", {"status": 503, "body": "Loading model"}, "with the error 503. “Loading model”"),
        ("/v1", {"status": 429, "body": "Rate limit"}, "busy or has limited"),
        ("/v1", {"status": 401, "body": "<html>Sign in</html>"}, "The server requires a key."),
        ("/nothing", {"body": ""}, "Most addresses end in /v1"),
    ],
)
def test_what_a_server_answers_instead_is_one_sentence(
    admin: Client, server: WebServer, path: str, reply: dict[str, Any], sentence: str
) -> None:
    server.serve("/v1/models", **reply) if path == "/v1" else None
    page = add(admin, server.url(path))
    endpoint = Endpoint.objects.get()
    assert sentence in endpoint.error
    assert endpoint.error.count(". ") <= 2
    assert endpoint.error.replace("“", "").split(". ")[0] in page.replace("“", "")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://127.0.0.1:9/v1", "Nothing answers at 127.0.0.1:9."),
        ("http://no-such-host.invalid/v1", "There is no host no-such-host.invalid."),
    ],
)
def test_a_dead_address_is_one_sentence(admin: Client, address: str, sentence: str) -> None:
    assert sentence in add(admin, address)


def test_plain_http_behind_https_is_told(admin: Client, server: WebServer) -> None:
    add(admin, server.url("/v1").replace("http:", "https:"))
    assert "speaks plain HTTP" in Endpoint.objects.get().error


def test_redirects_take_no_key_along(admin: Client, server: WebServer) -> None:
    target = server.serve("/v1/elsewhere", "{}")
    server.serve("/v1/models", status=307, Location=target)
    add(admin, server.url("/v1"), key=KEY)
    assert server.hits == ["/v1/models"]


# -- Keys ---------------------------------------------------------------------------------------


def test_a_key_is_on_no_page_and_in_no_history(admin: Client, fake_model: str) -> None:
    pages = [add(admin, fake_model, key=KEY)]
    endpoint = Endpoint.objects.get()
    model = switch_on(endpoint, "says-hello")
    pages += [
        admin.get(path).content.decode()
        for path in (
            PAGES,
            f"{PAGES}{endpoint.pk}/change/",
            f"{PAGES}{endpoint.pk}/history/",
            f"{PAGES}{endpoint.pk}/delete/",
            f"/admin/chat/endpointmodel/{model.pk}/change/",
            "/admin/",
        )
    ]
    # Not even where a form comes back with a mistake in it.
    pages.append(add(admin, "", key=KEY))
    pages.append(change(admin, endpoint, address="ftp://x", key=KEY))
    sealed = Endpoint.objects.get().sealed_key
    for page in pages:
        assert KEY not in page
        assert sealed not in page
        assert KEY[-4:] not in page


def test_a_key_stays_until_it_is_changed_or_removed(admin: Client, fake_model: str) -> None:
    endpoint = connect("mine", fake_model)
    assert (
        "A key is set and is not shown."
        in admin.get(f"{PAGES}{endpoint.pk}/change/").content.decode()
    )
    change(admin, endpoint)
    assert keys.unseal(endpoint.sealed_key) == KEY
    change(admin, endpoint, key="sk-another-0123456789")
    assert keys.unseal(endpoint.sealed_key) == "sk-another-0123456789"
    change(admin, endpoint, remove_key="on")
    assert endpoint.sealed_key == ""


def test_a_key_goes_to_no_other_server_than_it_was_entered_for(
    admin: Client, server: WebServer, fake_model: str
) -> None:
    endpoint = connect("mine", fake_model)
    page = change(admin, endpoint, address=server.url("/v1"))
    assert "Enter the key again" in page
    assert (endpoint.address, server.hits) == (fake_model, [])
    change(admin, endpoint, address=server.url("/v1"), key="sk-for-the-other-one")
    assert endpoint.address == server.url("/v1")


def test_a_service_without_its_key_is_not_connected(admin: Client) -> None:
    assert "OpenAI requires a key." in add(admin, "", "openai")
    assert not Endpoint.objects.exists()


def test_a_key_that_cannot_be_read_is_told_on_the_page(admin: Client, fake_model: str) -> None:
    endpoint = connect("mine", fake_model)
    model = switch_on(endpoint, "says-hello")
    Endpoint.objects.update(sealed_key="gAAAAA-of-another-site")
    sentence = "was encrypted with another SECRET_KEY"
    page = admin.get(f"{PAGES}{endpoint.pk}/change/").content.decode()
    assert sentence in page
    tested = admin.post(f"{PAGES}{endpoint.pk}/test/", {"model": model.pk}, follow=True)
    assert sentence in tested.content.decode()
    assert admin.get(PAGES).status_code == 200
    change(admin, endpoint, key=KEY)
    assert keys.unseal(endpoint.sealed_key) == KEY


# -- Who may ------------------------------------------------------------------------------------


def test_only_superusers_connect_and_nothing_happens_by_a_link(
    admin: Client, alice: User, fake_model: str
) -> None:
    endpoint = connect("mine", fake_model)
    model = switch_on(endpoint, "says-hello")
    alice.is_staff = True
    alice.save()
    alice.user_permissions.set(Permission.objects.filter(content_type__app_label="chat"))
    staff = Client()
    staff.force_login(alice)
    shown = staff.get(f"{PAGES}{endpoint.pk}/change/")
    assert shown.status_code == 200
    assert b'name="key"' not in shown.content
    calls = {
        "find/": {},
        "connect/": {"kind": "ollama", "address": fake_model},
        "dismiss/": {},
        f"{endpoint.pk}/read/": {},
        f"{endpoint.pk}/models/": {"names": "other"},
        f"{endpoint.pk}/test/": {"model": model.pk},
        f"{endpoint.pk}/change/": {"name": "theirs"},
        "add/?kind=other": {"kind": "other", "name": "theirs", "address": fake_model},
    }
    for path, form in calls.items():
        assert staff.post(f"{PAGES}{path}", form).status_code == 403, path
    assert staff.get(f"{PAGES}choose/").status_code == 403
    for path in ("find/", "connect/", "dismiss/", f"{endpoint.pk}/read/", f"{endpoint.pk}/test/"):
        assert admin.get(f"{PAGES}{path}").status_code == 405, path
    assert list(EndpointModel.objects.values_list("name", flat=True)) == ["says-hello"]


# -- Finding what runs here ---------------------------------------------------------------------


def test_what_runs_here_is_found_and_connected_with_one_click(
    admin: Client, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = Vendor(server, MANNERS["ollama"])
    here = Preset("Ollama", "", needs_key=False, port=server.port)
    monkeypatch.setitem(presets.PRESETS, "ollama", here)  # type: ignore[arg-type]
    monkeypatch.setattr(discovery, "HOSTS", ("127.0.0.1",))
    page = admin.post(f"{PAGES}find/").content.decode()
    assert vendor.base_url in page
    form = {"kind": "ollama", "address": vendor.base_url}
    connected = admin.post(f"{PAGES}connect/", form, follow=True).content.decode()
    assert "gemma3:latest" in connected
    assert list(EndpointModel.objects.values_list("name", flat=True)) == ["gemma3:latest"]
    # It is not offered twice.
    assert vendor.base_url not in admin.post(f"{PAGES}find/").content.decode()


# -- Models -------------------------------------------------------------------------------------


def test_models_are_switched_off_and_keep_what_was_said(admin: Client, fake_model: str) -> None:
    endpoint = connect("mine", fake_model)
    model = switch_on(endpoint, "says-hello", label="Greeter")
    form = {"shown": ["says-hello"], "names": "says-other"}
    admin.post(f"{PAGES}{endpoint.pk}/models/", form)
    model.refresh_from_db()
    assert (model.is_enabled, model.label) == (False, "Greeter")
    assert EndpointModel.objects.get(is_enabled=True).name == "says-other"
    admin.post(f"{PAGES}{endpoint.pk}/models/", {"shown": "says-hello", "on": "says-hello"})
    model.refresh_from_db()
    assert (model.is_enabled, model.label) == (True, "Greeter")


def test_a_model_gets_groups_a_price_and_the_default(admin: Client, fake_model: str) -> None:
    endpoint = connect("mine", fake_model)
    first, second = switch_on(endpoint, "says-one"), switch_on(endpoint, "says-two")
    group = Group.objects.create(name="board")
    form = {"name": "says-one", "is_enabled": "on", "position": "0", "tools": "unknown"}
    form |= {"vision": "unknown", "is_for_all": "on"}
    path = f"/admin/chat/endpointmodel/{first.pk}/change/"
    priced = {"price_read": "0.5", "price_written": "2", "is_default": "on"}
    assert admin.post(path, form | priced).status_code == 302
    assert float(Price.objects.get(model="says-one").output) == 2
    other = f"/admin/chat/endpointmodel/{second.pk}/change/"
    assert admin.post(other, form | {"name": "says-two", "is_default": "on"}).status_code == 302
    assert EndpointModel.objects.get(is_default=True) == second
    both = admin.post(other, form | {"name": "says-two", "is_default": "on", "groups": group.pk})
    assert "The default model must be for everybody" in both.content.decode()
    assert admin.post(path, form | {"groups": group.pk}).status_code == 302
    first.refresh_from_db()
    assert not first.is_for_all
    listed = admin.get("/admin/chat/endpointmodel/").content.decode()
    assert "board" in listed


def test_a_new_name_takes_the_price_along_and_says_what_it_replaces(
    admin: Client, fake_model: str, settings: Settings
) -> None:
    settings.LOCAL_CHAT, settings.OPENAI_BASE_URL = False, fake_model
    settings.CHAT_MODEL, settings.OPENAI_API_KEY = "echo", "sk-123"
    model = switch_on(connect("mine", fake_model), "says-one")
    Price.objects.create(model="says-one", input=1, output=2)
    form = {"name": "echo", "is_enabled": "on", "position": "0", "tools": "unknown"}
    form |= {"vision": "unknown", "is_for_all": "on", "price_read": "1", "price_written": "2"}
    path = f"/admin/chat/endpointmodel/{model.pk}/change/"
    page = admin.post(path, form, follow=True).content.decode()
    assert "cho now replaces the environment&#x27;s model of the same name." in page
    assert float(Price.objects.get(model="echo").output) == 2
    assert "Replaced by models switched on here: echo" in admin.get(PAGES).content.decode()


def test_the_environment_is_shown_without_its_secrets(admin: Client, settings: Settings) -> None:
    settings.OPENAI_BASE_URL = "https://team:pass-word@gateway.example/v1?token=tok-en"
    page = admin.get(PAGES).content.decode()
    assert "https://gateway.example/v1" in page
    for secret in ("pass-word", "tok-en", settings.OPENAI_API_KEY):
        assert secret not in page


# -- Get started --------------------------------------------------------------------------------


def test_get_started_is_shown_until_it_is_dismissed(admin: Client) -> None:
    assert "Get started" in admin.get("/admin/").content.decode()
    admin.post(f"{PAGES}dismiss/")
    assert "Get started" not in admin.get("/admin/").content.decode()
