"""Sources over the API: what connectors elsewhere leaked or left behind, and then their use."""

import json
import logging
from pathlib import Path
from typing import Any, get_args

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.credentials import keys, tokens
from accounts.models import AuditEntry, User
from documents.api.sources.bodies import FileState, Minutes, SourceOut, State, SyncOut
from documents.models import Collection, Document, Source, SourceItem, SourceSync
from documents.sources import controls, credentials
from documents.sources.errors import NobodyAnswers
from documents.sources.registry import KINDS
from documents.sources.syncing import history, sync
from documents.sources.syncing.claim import claim
from documents.sources.syncing.storing import store_group
from documents.tests.sources import make_source, run, titles, write

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "hunter22-and-more"
ALL = ("view", "add", "change", "delete")


class Program:
    """A client that speaks JSON and, with scopes, shows a key of its user's."""

    def __init__(self, user: User, *scopes: str) -> None:
        self.user = user
        secret = keys.create(user, "x", scopes)[1] if scopes else tokens.issue(user).access
        self._client = Client(headers={"Authorization": f"Bearer {secret}"})

    def __call__(self, method: str, path: str = "", **body: Any) -> Any:
        sent = {"data": json.dumps(body), "content_type": "application/json"}
        has_body = method in {"post", "patch"}
        call = getattr(self._client, method)
        return call(f"/api/sources{path}", **(sent if has_body else {}))


def staff(name: str, *acts: str, is_staff: bool = True) -> User:
    user = User.objects.create_user(
        name, f"{name}@example.org", "a long password 1", is_staff=is_staff
    )
    names = [f"{act}_source" for act in acts]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def carla(storage: Path) -> Program:
    """Staff with all permissions for sources and no others: she sees her own collections."""
    return Program(staff("carla", *ALL))


@pytest.fixture
def folder(settings, tmp_path: Path) -> Path:
    settings.SOURCE_FOLDERS = [str(tmp_path / "shared")]
    write(tmp_path / "shared", {"rules.md": "Be kind.", "game.exe": "x"})
    return tmp_path / "shared"


def collection_of(user: User) -> Collection:
    return Collection.objects.get_or_create(owner=user, name="Handbooks")[0]


def a_drive(user: User, **fields: Any) -> dict[str, Any]:
    return {
        "collection": str(collection_of(user).pk),
        "kind": "webdav",
        "name": "Handbooks",
        "address": "https://cloud.example.org/dav/",
        "username": "carla",
        "credential": SECRET,
        **fields,
    }


def reasons(answer: Any) -> dict[str, str]:
    assert answer.status_code == 422, answer.content
    return {each["field"]: each["reason"] for each in answer.json()["error"]["data"]["fields"]}


def test_a_credential_is_in_no_answer_no_error_no_log_and_no_audit(carla: Program, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    answers = [carla("post", **a_drive(carla.user))]
    assert answers[0].status_code == 201
    path = f"/{answers[0].json()['id']}"
    sealed = Source.objects.get().sealed_credential
    assert credentials.read_credential(Source.objects.get()) == SECRET
    answers += [
        carla("get"),
        carla("get", path),
        carla("patch", path, credential=SECRET),
        carla("patch", path, credential=SECRET, address="no address"),
        carla("patch", path, credential=SECRET, surname="x"),
        carla("patch", path, credential=[SECRET]),
        carla("patch", path, credential=SECRET * 2000),
        carla("post", **a_drive(carla.user, kind="folder")),
        carla("post", **a_drive(carla.user, address=f"https://carla:{SECRET}@cloud.example.org/")),
        carla("post", "/nothing", credential=SECRET),
        carla("get", f"{path}/syncs"),
        carla("get", f"{path}/files"),
        carla("post", f"{path}/pause"),
        carla("delete", path),
    ]
    told = b"".join(answer.content for answer in answers).decode()
    kept = str([*LogEntry.objects.values(), *AuditEntry.objects.values()])
    for text in (told, caplog.text, kept):
        assert SECRET not in text
        assert sealed not in text
    assert answers[1].json()["items"][0]["has_credential"] is True


@pytest.mark.parametrize(
    ("kind", "fields", "place"),
    [
        ("webdav", {}, {"address": "https://evil.example.org/dav/"}),
        ("webdav", {}, {"address": "https://cloud.example.org:444/dav/"}),
        (
            "s3",
            {"address": "s3://files/", "options": {"endpoint": "https://store.example.org"}},
            {"options": {"endpoint": "https://evil.example.org"}},
        ),
    ],
)
def test_a_credential_goes_to_no_other_server_than_it_was_entered_for(
    carla: Program, kind: str, fields: dict, place: dict
) -> None:
    made = carla("post", **a_drive(carla.user, kind=kind, **fields))
    assert made.status_code == 201, made.content
    path = f"/{made.json()['id']}"
    before = Source.objects.values("address", "options", "sealed_credential").get()
    refused = carla("patch", path, **place)
    assert "Enter the credential again" in reasons(refused)["credential"]
    assert Source.objects.values("address", "options", "sealed_credential").get() == before
    assert carla("patch", path, credential="another", **place).status_code == 200


def test_where_a_stored_credential_is_locked_it_is_to_be_entered_again(
    carla: Program, settings
) -> None:
    path = f"/{carla('post', **a_drive(carla.user)).json()['id']}"
    settings.SECRET_KEY = "another secret, which is long enough for every check of it"
    carla = Program(carla.user)
    assert "Enter it again" in reasons(carla("patch", path, name="Other"))["credential"]
    assert carla("patch", path, name="Other", credential="new").status_code == 200


def test_who_sees_no_source_learns_of_none(carla: Program, alice: User, folder: Path) -> None:
    """The id of another's source, of another's collection and of nothing are the same."""
    source = make_source(alice, "folder", str(folder))
    nobody = "0198c0de-0000-7000-8000-000000000000"
    member = Program(staff("mia", *ALL, is_staff=False))
    looker = Program(staff("lena"))
    for program in (carla, member, looker):
        assert program("get").json() == {"items": [], "next": None}
        for method, rest in (
            *(("get", ""), ("patch", ""), ("delete", "")),
            *(("post", f"/{act}") for act in ("sync", "pause", "resume")),
            *(("get", "/syncs"), ("get", "/files")),
        ):
            real = program(method, f"/{source.pk}{rest}")
            assert real.status_code == 404, (method, rest)
            assert real.content == program(method, f"/{nobody}{rest}").content
    for program, status in ((carla, 404), (member, 403), (looker, 403)):
        told = a_drive(alice, collection=str(source.collection_id))
        assert program("post", **told).status_code == status
        assert program("post", **told | {"collection": nobody}).status_code == status
    assert carla("get", f"?collection={source.collection_id}").status_code == 404
    assert Source.objects.count() == 1
    assert Source.objects.get().state == Source.State.IDLE


def test_each_permission_opens_what_it_opens_in_the_administration(folder: Path) -> None:
    looker = Program(staff("lena", "view"))
    source = make_source(looker.user, "folder", str(folder))
    path = f"/{source.pk}"
    assert looker("get", path).json()["name"] == source.name
    for method, rest in (("patch", ""), ("delete", ""), ("post", "/sync"), ("post", "/pause")):
        assert looker(method, path + rest).status_code == 403
    assert looker("post", **a_drive(looker.user)).status_code == 403
    changer = Program(staff("carl", "change"))
    source.collection.shares.create(user=changer.user, role="editor")
    assert changer("patch", path, name="Rules").json()["name"] == "Rules"
    assert changer("delete", path).status_code == 403
    source.collection.shares.update(role="reader")
    assert changer("get", path).status_code == 404


def test_a_key_for_documents_sets_up_nothing(folder: Path, storage: Path) -> None:
    user = staff("carla", *ALL)
    source = make_source(user, "folder", str(folder))
    for scope in ("documents:write", "documents:read", "sources:read"):
        assert Program(user, scope)("post", f"/{source.pk}/sync").status_code == 403
    assert Program(user, "documents:read")("get", f"/{source.pk}").status_code == 403
    assert Program(user, "sources:read")("get", f"/{source.pk}").status_code == 200
    assert Program(user, "sources:write")("post", f"/{source.pk}/sync").status_code == 202


def test_a_deleted_source_leaves_its_documents_and_nothing_else(
    carla: Program, folder: Path
) -> None:
    source = run(make_source(carla.user, "folder", str(folder)))
    controls.run_now(source)
    carla("delete", f"/{source.pk}")
    # The worker that was called for it finds nothing to do.
    assert not sync.run(source.pk)
    assert Collection.objects.get(pk=source.collection_id).documents.count() == 1
    for model in (Source, SourceItem, SourceSync):
        assert not model.objects.exists()
    assert LogEntry.objects.get().is_deletion()
    assert AuditEntry.objects.filter(action=AuditEntry.Action.ADMINISTERED).count() == 1


def test_a_file_is_not_named_to_who_may_not_see_its_document(
    carla: Program, alice: User, folder: Path
) -> None:
    write(folder, {"salaries.md": "Much."})
    source = run(make_source(alice, "folder", str(folder)))
    source.collection.shares.create(user=carla.user, role="editor")
    Document.objects.filter(title="salaries.md").update(restricted=True)
    told = carla("get", f"/{source.pk}/files").json()["items"]
    assert {each["path"] for each in told} == {"rules.md", "game.exe"}
    opened = {each["path"]: each["document"] for each in told}
    assert opened["game.exe"] is None
    assert opened["rules.md"] == str(Document.objects.get(title="rules.md").pk)


def test_a_source_is_set_up_synced_watched_and_changed(carla: Program, folder: Path) -> None:
    write(folder, {"drafts/plan.md": "Perhaps."})
    collection = collection_of(carla.user)
    made = carla("post", collection=str(collection.pk), kind="folder", name="Rules",
                 address=f" {folder} ", include=["*.md", "*.exe"])  # fmt: skip
    assert made.status_code == 201, made.content
    source = Source.objects.get()
    assert (source.owner, source.address) == (carla.user, str(folder))
    path = f"/{source.pk}"
    assert not sync.run(source.pk)
    told = carla("get", path).json()
    assert told["files"] == {"current": 2, "skipped": 1}
    assert (told["state"], told["counts"]["added"], told["counts"]["seen"]) == ("idle", 2, 3)
    (skipped,) = carla("get", f"{path}/files?state=skipped").json()["items"]
    assert skipped["path"] == "game.exe"
    assert skipped["failure"]["message"] == "Files of the kind .exe cannot be read."
    changed = carla("patch", path, exclude=["drafts/"], max_megabytes=3)
    assert (changed.json()["exclude"], changed.json()["max_megabytes"]) == (["drafts/"], 3)
    assert changed.json()["include"] == ["*.md", "*.exe"]
    sync.run(source.pk)
    assert titles(source) == ["rules.md"]
    assert carla("patch", path, max_megabytes=0).json()["max_megabytes"] == 0
    syncs = carla("get", f"{path}/syncs").json()["items"]
    assert [(each["number"], each["outcome"]) for each in syncs] == [(2, "done"), (1, "done")]
    assert syncs[0]["counts"]["removed"] == 1
    said = [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
    assert said == ["Added.", "Changed exclude and max_megabytes.", "Changed max_megabytes."]


def test_a_source_is_paused_resumed_and_run(carla: Program, folder: Path) -> None:
    source = make_source(carla.user, "folder", str(folder))
    path = f"/{source.pk}"
    assert carla("post", f"{path}/pause").json()["state"] == "paused"
    assert carla("get", "?state=paused").json()["items"][0]["due"] is None
    assert not sync.run(source.pk)
    assert carla("post", f"{path}/resume").json()["state"] == "idle"
    assert not sync.run(source.pk)
    checked = Source.objects.get().checked
    assert carla("post", f"{path}/sync", full=True).status_code == 202
    assert carla("get", path).json()["files"]["current"] == 1
    sync.run(source.pk)
    assert Source.objects.get().checked > checked
    controls.run_now(Source.objects.get())
    Source.objects.update(state=Source.State.RUNNING, due="2999-01-01T00:00Z")
    refused = carla("post", f"{path}/sync")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "being_synced")
    said = list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True))
    assert said == [f"Asked for: {act}." for act in ("pause", "resume", "check")]


def test_what_was_listed_is_forgotten_where_other_things_are_wanted_and_kept_otherwise(
    carla: Program,
) -> None:
    made = carla("post", **a_drive(carla.user, kind="website", username="", credential=None))
    source = Source.objects.get()
    Source.objects.update(cursor={"at": 1}, due=None)
    path = f"/{made.json()['id']}"
    for change in ({"name": "Other"}, {"options": {"depth": 3}}, {"every_minutes": 0}, {}):
        answer = carla("patch", path, **change)
        assert answer.status_code == 200, answer.content
        source.refresh_from_db()
        assert source.cursor == {"at": 1}
    assert carla("patch", path, options={"depth": 2}).json()["options"]["depth"] == 2
    source.refresh_from_db()
    assert source.cursor is None


def test_a_sync_that_failed_says_why_and_the_oldest_are_forgotten(
    carla: Program, folder: Path, monkeypatch
) -> None:
    monkeypatch.setattr(history, "MAX_KEPT", 2)
    source = make_source(carla.user, "folder", str(folder / "gone"))
    for _ in range(3):
        run(source)
    (folder / "gone").mkdir()
    run(source)
    path = f"/{source.pk}/syncs"
    first = carla("get", f"{path}?limit=1").json()
    rest = carla("get", f"{path}?cursor={first['next']}").json()
    assert [each["outcome"] for each in (*first["items"], *rest["items"])] == ["done", "failed"]
    assert "Perhaps it is not mounted" in rest["items"][0]["failure"]["message"]
    assert rest["next"] is None


def test_an_error_of_a_try_before_is_gone_once_the_sync_is_done(
    carla: Program, folder: Path
) -> None:
    source = run(make_source(carla.user, "folder", str(folder)))
    controls.run_now(source)
    Source.objects.update(phase=Source.Phase.REMOVING, error_code="not_there", error="Away.")
    sync.run(source.pk)
    assert carla("get", f"/{source.pk}").json()["error"] is None
    newest = carla("get", f"/{source.pk}/syncs").json()["items"][0]
    assert (newest["outcome"], newest["failure"]) == ("done", None)


def test_files_and_sources_are_told_in_pages(carla: Program, folder: Path) -> None:
    write(folder, {f"{number}.md": str(number) for number in range(5)})
    source = run(make_source(carla.user, "folder", str(folder)))
    make_source(carla.user, "folder", str(folder))
    for path, count in (("", 2), (f"/{source.pk}/files", 7)):
        ids, cursor = list[str](), ""
        while cursor is not None:
            answer = carla("get", f"{path}?limit=3{cursor and f'&cursor={cursor}'}").json()
            ids += [each["id"] for each in answer["items"]]
            cursor = answer["next"]
        assert len(ids) == len(set(ids)) == count


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"kind": "gopher"}, "kind"),
    ({"kind": "folder", "username": "", "credential": None, "address": "/etc"}, "address"),
    ({"kind": "folder", "address": ""}, "username"),
    ({"address": ""}, "address"),
    ({"address": "ftp://cloud.example.org/"}, "address"),
    ({"address": "https://a\x00b/"}, "address"),
    ({"name": "\u200b"}, "name"),
    ({"name": "x" * 101}, "name"),
    ({"every_minutes": 1}, "every_minutes"),
    ({"include": ["a\nb"]}, "include.0"),
    ({"options": {"endpoint": "x"}}, "options.endpoint"),
    ({"kind": "s3", "address": "s3://x/", "options": {"endpoint": 1}}, "options.endpoint"),
    ({"kind": "website", "options": {"sitemap": "no"}}, "options.sitemap"),
    ({"kind": "website", "options": {"depth": True}}, "options.depth"),
    ({"sealed_credential": "x"}, "sealed_credential"),
    ({"owner": "alice"}, "owner"),
    ({"state": "paused"}, "state"),
]


@pytest.mark.parametrize(("fields", "place"), WRONG, ids=[f"{at} {n}" for n, (_, at) in
                                                        enumerate(WRONG)])  # fmt: skip
def test_what_the_form_refuses_the_api_refuses(carla: Program, settings, fields, place) -> None:
    settings.SOURCE_FOLDERS = ["/srv"]
    if fields.get("kind") == "website":
        fields = {"username": "", "credential": None, **fields}
    assert place in reasons(carla("post", **a_drive(carla.user, **fields)))
    assert not Source.objects.exists()


def test_the_kinds_say_what_each_of_them_wants(carla: Program) -> None:
    kinds = carla("get", "/kinds").json()
    assert [kind["name"] for kind in kinds] == list(KINDS)
    store = next(kind for kind in kinds if kind["name"] == "s3")
    assert "endpoint" in {option["name"] for option in store["options"]}
    assert store["credential_label"]


def test_the_states_that_the_api_describes_are_those_of_the_rows() -> None:
    assert set(get_args(State)) == set(Source.State.values)
    assert set(get_args(FileState)) == set(SourceItem.State.values)
    assert set(get_args(Minutes)) == set(Source.Every.values)
    assert set(get_args(SourceOut.model_fields["phase"].annotation)) == set(Source.Phase.values)
    outcomes = SyncOut.model_fields["outcome"].annotation
    assert set(get_args(outcomes)) == set(SourceSync.Outcome.values)


@pytest.mark.parametrize("ended", ["deactivated", "no staff", "no permission", "share", "deleted"])
def test_a_source_goes_on_no_longer_than_the_rights_of_who_set_it_up(
    carla: Program, alice: User, folder: Path, ended: str
) -> None:
    library = collection_of(alice)
    library.shares.create(user=carla.user, role="editor")
    told = {"collection": str(library.pk), "kind": "folder", "name": "x", "address": str(folder)}
    path = f"/{carla('post', **told).json()['id']}"
    source = run(Source.objects.get())
    assert titles(source) == ["rules.md"]
    match ended:
        case "deactivated":
            User.objects.filter(pk=carla.user.pk).update(is_active=False)
        case "no staff":
            User.objects.filter(pk=carla.user.pk).update(is_staff=False)
        case "no permission":
            carla.user.user_permissions.clear()
        case "share":
            library.shares.all().delete()
        case "deleted":
            User.objects.filter(pk=carla.user.pk).delete()
    write(folder, {"rules.md": "Obey.", "more.md": "More."})
    source = run(source)
    assert (source.state, source.error_code) == (Source.State.STOPPED, "nobody_answers")
    assert titles(source) == ["rules.md"]
    assert Document.objects.get().versions.count() == 1
    # Somebody else answers for it from now on.
    carl = Program(staff("carl", "change"))
    library.shares.create(user=carl.user, role="editor")
    assert carl("post", f"{path}/resume").status_code == 202
    assert titles(run(source)) == ["more.md", "rules.md"]
    assert Document.objects.get(title="more.md").added_by == carl.user


def test_what_was_fetched_when_a_right_ends_is_not_stored(carla: Program, folder: Path) -> None:
    source = run(make_source(carla.user, "folder", str(folder)))
    found = claim(source.pk)
    assert found is None
    controls.run_now(source)
    found = claim(source.pk)
    assert found is not None
    User.objects.filter(pk=carla.user.pk).update(is_active=False)
    with pytest.raises(NobodyAnswers):
        store_group(*found, [])


def test_a_file_that_failed_is_not_named_to_who_may_not_see_its_document(
    carla: Program, alice: User, folder: Path
) -> None:
    write(folder, {"salaries.md": "Much."})
    source = run(make_source(alice, "folder", str(folder)))
    source.collection.shares.create(user=carla.user, role="editor")
    Document.objects.filter(title="salaries.md").update(restricted=True)
    source.items.filter(path="salaries.md").update(state="failed", code="item_failed", reason="x")
    told = carla("get", f"/{source.pk}/files").content + carla("get", f"/{source.pk}").content
    assert b"salaries" not in told
    client = Client()
    client.force_login(carla.user)
    page = client.get(f"/admin/documents/source/{source.pk}/change/")
    assert page.status_code == 200
    assert b"game.exe" in page.content
    assert b"salaries" not in page.content
