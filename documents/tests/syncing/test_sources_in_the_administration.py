"""Sources in the administration: who may set them up, what is shown, and what never is."""

from html import unescape
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from documents.models import Collection, Source
from documents.sources import credentials
from documents.sources.registry import KINDS
from documents.sources.syncing import sync
from documents.tests.sources import make_source, run, titles, write

pytestmark = pytest.mark.django_db(transaction=True)

ADD = "/admin/documents/source/add/"


@pytest.fixture
def folder(settings, storage: Path, tmp_path: Path) -> Path:
    settings.SOURCE_FOLDERS = [str(tmp_path / "shared")]
    write(tmp_path / "shared", {"rules.md": "Be kind.", "game.exe": "x"})
    return tmp_path / "shared"


def staff(name: str, *permissions: str) -> Client:
    user = User.objects.create_user(name, f"{name}@example.org", "a long password 1", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def curator(db: None) -> Client:
    kinds = ("collection", "source", "document")
    return staff("carla", *(f"{act}_{kind}" for act in ("view", "add", "change") for kind in kinds))


def form_of(collection: Collection, folder: Path, **others: object) -> dict[str, object]:
    return {
        "kind": "folder",
        "collection": str(collection.pk),
        "name": "Handbook",
        "address": str(folder),
        "every_minutes": "60",
        "check_days": "7",
        **others,
    }


def page_of(source: Source) -> str:
    return f"/admin/documents/source/{source.pk}/change/"


def test_a_curator_sets_up_a_source_and_sees_what_it_brought(
    curator: Client, alice: User, folder: Path
) -> None:
    collection = Collection.objects.create(owner=alice, name="Handbooks")
    kinds = curator.get(ADD, follow=True).content.decode()
    assert "permissions of the source are not taken over" in kinds
    assert curator.get(f"{ADD}?kind=folder").status_code == 200
    response = curator.post(f"{ADD}?kind=folder", form_of(collection, folder))
    source = Source.objects.get()
    assert response.headers["Location"] == page_of(source)
    assert str(source.owner) == "carla"
    sync.run(source.pk)
    assert titles(source) == ["rules.md"]
    shown = curator.get(page_of(source)).content.decode()
    assert "game.exe" in shown
    assert "Files of the kind .exe cannot be read." in shown
    assert "Last syncs" in shown
    assert "seen: 2 · added: 1 · left out: 1" in shown
    assert "Run now" in shown
    assert curator.get("/admin/documents/source/").status_code == 200


def test_where_there_is_no_collection_yet_the_form_says_so(curator: Client) -> None:
    Collection.objects.all().delete()
    page = curator.get("/admin/documents/source/add/?kind=folder").content.decode()
    assert '<a href="/documents/collections/new/">There is no collection yet.' in page


def test_a_folder_that_the_operator_did_not_name_is_refused(
    curator: Client, alice: User, folder: Path, tmp_path: Path
) -> None:
    collection = Collection.objects.create(owner=alice, name="Handbooks")
    for address in ("/etc", str(folder / ".." / "other"), str(tmp_path), "relative"):
        response = curator.post(f"{ADD}?kind=folder", form_of(collection, Path(address)))
        assert "The folder must be inside one of these" in response.content.decode()
    assert not Source.objects.exists()


def test_a_source_is_paused_resumed_and_run_by_its_buttons(
    curator: Client, alice: User, folder: Path
) -> None:
    source = make_source(alice, "folder", str(folder))
    control = f"/admin/documents/source/{source.pk}/control/"
    curator.post(control, {"act": "pause"})
    source.refresh_from_db()
    assert source.state == Source.State.PAUSED
    curator.post(control, {"act": "resume"})
    sync.run(source.pk)
    source.refresh_from_db()
    first = source.checked
    assert first is not None
    curator.post(control, {"act": "check"})
    sync.run(source.pk)
    source.refresh_from_db()
    assert source.checked > first


def test_who_may_not_change_sources_changes_none(alice: User, folder: Path) -> None:
    source = make_source(alice, "folder", str(folder))
    looker = staff("lena", "view_source", "view_collection")
    assert looker.get(page_of(source)).status_code == 200
    control = f"/admin/documents/source/{source.pk}/control/"
    assert looker.post(control, {"act": "pause"}).status_code == 403
    assert looker.get("/admin/documents/source/choose/").status_code == 403
    stranger = staff("sven", "view_source", "change_source", "add_source")
    assert stranger.post(control, {"act": "pause"}).status_code == 403
    assert stranger.get("/admin/documents/source/").content.decode().count(source.name) == 0
    added = stranger.post(f"{ADD}?kind=folder", form_of(source.collection, folder))
    assert added.status_code == 200
    source.refresh_from_db()
    assert source.state == Source.State.IDLE
    assert Source.objects.count() == 1


def test_documents_stay_when_their_source_is_deleted(alice: User, folder: Path) -> None:
    source = make_source(alice, "folder", str(folder))
    run(source)
    root = User.objects.create_superuser("root", "root@example.org", "a long password 1")
    client = Client()
    client.force_login(root)
    delete = f"/admin/documents/source/{source.pk}/delete/"
    assert "Its documents stay in the collection" in client.get(delete).content.decode()
    client.post(delete, {"post": "yes"})
    assert not Source.objects.exists()
    assert Collection.objects.get(pk=source.collection_id).documents.count() == 1


def test_credentials_are_read_by_nobody_and_rotated(alice: User, settings, capsys) -> None:
    source = make_source(alice, "folder", "/x", credential="hunter22")
    assert "hunter22" not in source.sealed_credential
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret, which is long enough for every check of it"
    call_command("sources", "rotate")
    settings.SECRET_KEY_FALLBACKS = []
    source.refresh_from_db()
    assert credentials.read_credential(source) == "hunter22"
    settings.SECRET_KEY = "a third secret, which is long enough for every check of it, too"
    with pytest.raises(CommandError, match="entered again"):
        call_command("sources", "rotate")


def test_operators_list_run_and_pause_sources(alice: User, folder: Path, capsys) -> None:
    source = make_source(alice, "folder", str(folder))
    call_command("sources", "run", str(source.pk))
    assert "added 1" in capsys.readouterr().out
    call_command("sources", "pause", source.name)
    call_command("sources", "list")
    assert "paused" in capsys.readouterr().out
    call_command("sources", "resume", source.name)
    with pytest.raises(CommandError, match="There is no source"):
        call_command("sources", "run", "nothing")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_has_a_form_with_its_own_fields(curator: Client, kind: str) -> None:
    shown = curator.get(f"{ADD}?kind={kind}").content.decode()
    assert str(KINDS[kind].title) in unescape(shown)
    for option in KINDS[kind].options:
        assert f'name="option_{option.name}"' in shown


def test_a_credential_goes_to_no_other_server_than_it_was_entered_for(
    curator: Client, alice: User
) -> None:
    source = make_source(
        alice, "webdav", "https://cloud.example.org/dav", username="anna", credential="hunter22"
    )
    form = form_of(source.collection, Path(), kind="webdav", username="anna", credential="")
    elsewhere = curator.post(page_of(source), form | {"address": "https://evil.example.org/dav"})
    assert "Enter the credential again" in elsewhere.content.decode()
    source.refresh_from_db()
    assert source.address == "https://cloud.example.org/dav"
    curator.post(page_of(source), form | {"address": "https://cloud.example.org/dav/team"})
    source.refresh_from_db()
    assert source.address == "https://cloud.example.org/dav/team"
    assert credentials.read_credential(source) == "hunter22"
    shown = curator.get(page_of(source)).content.decode()
    assert "hunter22" not in shown
    assert source.sealed_credential not in shown


def test_a_store_s_own_address_counts_as_where_the_credential_goes(
    curator: Client, alice: User
) -> None:
    options = {"endpoint": "https://store.example.org", "region": "us-east-1"}
    source = make_source(
        alice, "s3", "s3://files/", username="key", credential="hunter22", options=options
    )
    form = form_of(source.collection, Path(), kind="s3", address="s3://files/", username="key")
    told = form | {"option_endpoint": "https://evil.example.org", "option_region": "us-east-1"}
    assert "Enter the credential again" in curator.post(page_of(source), told).content.decode()
    source.refresh_from_db()
    assert source.options == options
