"""`manage.py models` does from a shell what the administration does on its pages."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from chat.endpoints import keys
from chat.models import Endpoint, EndpointModel
from chat.tests import scripted_vendors
from chat.tests.scripted_vendors import RIGHT_KEY, Vendor
from tests.processes import web_server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with web_server.running("127.0.0.1") as server:
        yield scripted_vendors.start(server, "openai")


def run(*arguments: str) -> str:
    said = io.StringIO()
    # As in a process of its own, which speaks no reader's language.
    with translation.override("en"):
        call_command("models", *arguments, stdout=said)
    return said.getvalue()


def test_a_model_is_added_tested_listed_and_removed(vendor: Vendor, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{RIGHT_KEY}\n")
    where = ("--address", vendor.host_url, "--key-file", str(tmp_path / "key"))
    said = run("add", "openai", *where, "--all", "--default")
    assert "gpt-4o-mini is switched on." in said
    assert "It calls tools." in run("test", "gpt-4o-mini")
    listed = run("list")
    assert f"openai (openai, {vendor.base_url}): in use" in listed
    assert "  gpt-4o-mini  [openai, default]" in listed
    assert RIGHT_KEY not in said + listed
    run("remove", "gpt-4o-mini")
    assert not EndpointModel.objects.exists()
    run("remove", "openai")
    assert not Endpoint.objects.exists()


def test_a_key_comes_from_a_variable_or_from_standard_input(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", RIGHT_KEY)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{RIGHT_KEY}\n"))
    for name, source in (("one", ("--key-env", "A_KEY")), ("two", ("--key-file", "-"))):
        run("add", "openai", "--name", name, "--address", vendor.host_url, *source)
        assert keys.unseal(Endpoint.objects.get(name=name).sealed_key) == RIGHT_KEY


def test_what_it_lists_is_named_where_nothing_was_chosen(vendor: Vendor, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(RIGHT_KEY)
    key = ("--key-file", str(tmp_path / "key"))
    said = run("add", "openai", "--address", vendor.host_url, *key)
    assert "It lists gpt-4o-mini. Nothing is switched on yet" in said


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("add", "openai", "--key-env", "NOT_SET"), "The variable NOT_SET is not set."),
        (("add", "openai", "--key-file", "/nowhere"), "The key cannot be read"),
        (("add", "openai"), "Say where the key is"),
        (("add", "other"), "Enter the address"),
        (("add", "ollama", "--name", "No Name"), "lowercase letters"),
        (("test", "nothing"), "no model 'nothing'"),
        (("remove", "nothing"), "no endpoint and no model 'nothing'"),
    ],
)
def test_what_cannot_be_done_is_told_with_the_reason(
    arguments: tuple[str, ...], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(CommandError, match=reason):
        run(*arguments)
