"""Models are downloaded in the background, through whatever happens, and then offered."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from aiapp.embedded.hub import download
from aiapp.embedded.tests.hub_server import Hub, serve
from aiapp.errors import Conflict, InvalidInput
from aiapp.llm import endpoints, vendors
from chat.endpoints import connecting, downloads, loading, own_server
from chat.models import EndpointModel, ModelDownload

pytestmark = pytest.mark.django_db

NAME = "Model-4B-Q4_K_M.gguf"
CONTENT = b"GGUF" + bytes(range(256)) * 8_192
State = ModelDownload.State


@pytest.fixture
def hub(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(download, "SPARE_BYTES", 0)
    settings.DATA_DIR, settings.HF_TOKEN = tmp_path, ""
    with serve(Hub(files={NAME: CONTENT})) as hub:
        settings.HF_ENDPOINT = hub.address
        yield hub


@pytest.fixture
def row(hub: Hub, alice: User) -> ModelDownload:
    return downloads.ask_for(alice, hub.repository, NAME)


def run_to_the_end(row: ModelDownload) -> ModelDownload:
    while downloads.run(row.pk):
        pass
    row.refresh_from_db()
    return row


def test_a_model_arrives_and_is_offered_to_everybody(row: ModelDownload) -> None:
    run_to_the_end(row)
    assert (row.state, row.percent) == (State.DONE, 100)
    own_server.use("Model-4B-Q4_K_M")
    loading.load()
    place = vendors.find_place("Model-4B-Q4_K_M")
    assert (place.vendor, place.model) == ("local", "Model-4B-Q4_K_M")
    assert place.base_url.endswith("/chat.sock")
    assert endpoints.find("Model-4B-Q4_K_M").listed["context"] == 8192  # type: ignore[union-attr]


def test_a_download_goes_on_from_slice_to_slice(
    hub: Hub, row: ModelDownload, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "SAVE_SECONDS", 0)
    settings.INGEST_SLICE_SECONDS = 0
    assert downloads.run(row.pk)
    assert run_to_the_end(row).state == State.DONE
    assert hub.ranges == sorted(set(hub.ranges))
    assert len(hub.ranges) > 2


def test_a_killed_worker_s_download_is_taken_up_by_another(hub: Hub, row: ModelDownload) -> None:
    ModelDownload.objects.filter(pk=row.pk).update(
        state=State.RUNNING, claimed_until=timezone.now()
    )
    assert downloads.DOWNLOAD.find_abandoned() == [row.pk]
    assert run_to_the_end(row).state == State.DONE


def test_two_workers_do_not_download_the_same_model(row: ModelDownload) -> None:
    assert downloads.DOWNLOAD.claim(row.pk, state=State.RUNNING)
    assert not downloads.run(row.pk)


def test_a_paused_download_keeps_what_has_arrived_and_goes_on(
    hub: Hub, row: ModelDownload, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "SAVE_SECONDS", 0)
    settings.INGEST_SLICE_SECONDS = 0
    assert downloads.run(row.pk)
    downloads.pause(row)
    assert not downloads.run(row.pk)
    row.refresh_from_db()
    assert row.state == State.PAUSED
    assert 0 < row.percent < 100
    downloads.resume(row)
    assert run_to_the_end(row).state == State.DONE
    assert hub.ranges == sorted(set(hub.ranges))


def test_a_hub_that_is_away_is_asked_again_later(hub: Hub, row: ModelDownload) -> None:
    hub.status = 503
    assert not downloads.run(row.pk)
    row.refresh_from_db()
    assert (row.state, row.tries) == (State.QUEUED, 1)
    assert "503" in row.error
    assert row.claimed_until > timezone.now()


def test_a_hub_that_stays_away_is_given_up_with_a_sentence(
    hub: Hub, row: ModelDownload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "MAX_TRIES", 1)
    hub.status = 503
    downloads.run(row.pk)
    row.refresh_from_db()
    assert row.state == State.FAILED
    assert "Try again later" in row.error


def test_a_damaged_file_fails_with_a_sentence(hub: Hub, alice: User) -> None:
    hub.false_checksum = "0" * 64
    row = run_to_the_end(downloads.ask_for(alice, hub.repository, NAME))
    assert row.state == State.FAILED
    assert "not the one that the hub describes" in row.error


def test_a_full_disk_fails_with_a_sentence(
    row: ModelDownload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "SPARE_BYTES", 1 << 60)
    run_to_the_end(row)
    assert row.state == State.FAILED
    assert "not enough room on the disk" in row.error


def test_a_download_that_is_given_up_leaves_nothing(
    hub: Hub, row: ModelDownload, settings: Settings, tmp_path: Path
) -> None:
    settings.INGEST_SLICE_SECONDS = 0
    downloads.run(row.pk)
    downloads.discard(row)
    assert not downloads.run(row.pk)
    assert list(tmp_path.rglob("*.part")) == []
    assert not ModelDownload.objects.exists()


def test_a_model_is_downloaded_once(hub: Hub, row: ModelDownload, alice: User) -> None:
    assert downloads.ask_for(alice, hub.repository, NAME) == row
    run_to_the_end(row)
    with pytest.raises(Conflict, match="already"):
        downloads.ask_for(alice, hub.repository, NAME)


def test_what_is_not_there_is_told_at_once(hub: Hub, alice: User) -> None:
    with pytest.raises(InvalidInput, match=NAME):
        downloads.ask_for(alice, hub.repository, "another.gguf")
    assert not ModelDownload.objects.exists()


def test_the_server_has_one_model_at_a_time(hub: Hub, alice: User) -> None:
    hub.files["Other-Q8_0.gguf"] = CONTENT[::-1]
    for name in hub.files:
        run_to_the_end(downloads.ask_for(alice, hub.repository, name))
    own_server.use("Model-4B-Q4_K_M")
    own_server.use("Other-Q8_0")
    enabled = EndpointModel.objects.filter(is_enabled=True)
    assert [model.name for model in enabled] == ["Other-Q8_0"]
    with pytest.raises(Conflict, match="in use"):
        own_server.remove("Other-Q8_0")
    own_server.remove("Model-4B-Q4_K_M")
    assert [model.name for model in own_server.get_shelf().list_models()] == ["Other-Q8_0"]
    own_server.rest()
    assert not EndpointModel.objects.exists()


def test_a_model_for_groups_is_used_again_and_stays_theirs(
    row: ModelDownload, settings: Settings
) -> None:
    settings.LOCAL_CHAT = True
    run_to_the_end(row)
    model = own_server.use("Model-4B-Q4_K_M")
    assert model.is_default
    connecting.restrict(model, [Group.objects.create(name="Lab")])
    own_server.use(model.name)
    model.refresh_from_db()
    assert (model.is_for_all, model.is_default) == (False, False)


PAGE = "/admin/chat/endpoint/download/"


def test_an_administrator_downloads_a_model_and_has_it_answer(admin: Client, hub: Hub) -> None:
    listed = admin.get(PAGE, {"repository": hub.repository}).content.decode()
    assert NAME in listed
    assert "apache-2.0" in listed
    admin.post(f"{PAGE}ask/", {"repository": hub.repository, "name": NAME})
    row = ModelDownload.objects.get()
    assert "data-live" in admin.get(PAGE).content.decode()
    run_to_the_end(row)
    admin.post(f"{PAGE}shelf/", {"act": "use", "name": "Model-4B-Q4_K_M"})
    assert "In use" in admin.get(PAGE).content.decode()
    assert EndpointModel.objects.get().is_enabled
    admin.post(f"{PAGE}shelf/", {"act": "rest", "name": "Model-4B-Q4_K_M"})
    admin.post(f"{PAGE}shelf/", {"act": "remove", "name": "Model-4B-Q4_K_M"})
    assert own_server.get_shelf().list_models() == []


def test_an_administrator_pauses_goes_on_and_gives_up(admin: Client, row: ModelDownload) -> None:
    states = []
    for act in ("pause", "resume"):
        admin.post(f"{PAGE}{row.pk}/", {"act": act})
        row.refresh_from_db()
        states.append(row.state)
    admin.post(f"{PAGE}{row.pk}/", {"act": "discard"})
    assert states == [State.PAUSED, State.QUEUED]
    assert not ModelDownload.objects.exists()


def test_a_wrong_name_is_told_on_the_page(admin: Client, hub: Hub) -> None:
    told = admin.get(PAGE, {"repository": "owner/nothing"}).content.decode()
    assert "The hub has no repository owner/nothing" in told


def test_others_than_superusers_download_nothing(hub: Hub, alice: User) -> None:
    client = Client()
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    client.force_login(User.objects.get(pk=alice.pk))
    answers = [
        client.get(PAGE),
        client.post(f"{PAGE}ask/", {"repository": hub.repository, "name": NAME}),
        client.post(f"{PAGE}shelf/", {"act": "rest"}),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert hub.tokens == []


def run_command(*arguments: str) -> str:
    output = StringIO()
    call_command("models", *arguments, stdout=output)
    return output.getvalue()


def test_the_command_downloads_a_model_and_has_it_served(hub: Hub) -> None:
    told = run_command("pull", hub.repository)
    assert "licence: apache-2.0" in told
    assert told.endswith("  100 %\nModel-4B-Q4_K_M is in use.\n")
    assert EndpointModel.objects.get().name == "Model-4B-Q4_K_M"


def test_the_command_removes_what_is_not_in_use(hub: Hub) -> None:
    hub.files["Other-Q8_0.gguf"] = CONTENT[::-1]
    assert "Name one of these files." in run_command("pull", hub.repository)
    run_command("pull", hub.repository, NAME, "--no-use")
    run_command("pull", hub.repository, "Other-Q8_0.gguf")
    run_command("remove", "Model-4B-Q4_K_M")
    with pytest.raises(CommandError, match="in use"):
        run_command("remove", "Other-Q8_0")
    assert [model.name for model in own_server.get_shelf().list_models()] == ["Other-Q8_0"]


def test_the_command_says_in_a_sentence_what_is_wrong(hub: Hub) -> None:
    with pytest.raises(CommandError, match="no repository owner/nothing"):
        run_command("pull", "owner/nothing")
    with pytest.raises(CommandError, match="No model 'none'"):
        run_command("use", "none")
    assert "fits this machine" in run_command("pull")
