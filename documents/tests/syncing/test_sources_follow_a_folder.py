"""A folder and its collection: what is added, changed, moved and removed there follows here."""

import os
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from aiapp.errors import Conflict
from documents.files import deletion
from documents.library import collections, curation, uploads, versions
from documents.models import Collection, Document, Source, SourceItem, Version
from documents.search.scope import Scope
from documents.sources import controls
from documents.sources.connecting import build_config
from documents.sources.kinds import folder as folders
from documents.sources.syncing import sync
from documents.tests.sources import (
    content,
    content_of,
    document,
    item,
    make_source,
    run,
    titles,
    write,
)

pytestmark = pytest.mark.django_db(transaction=True)

FILES = {
    "rules.md": "Be kind.",
    "trips/rome.txt": "Rome in May.",
    "trips/oslo.txt": "Oslo in June.",
}


@pytest.fixture
def folder(settings, storage: Path, tmp_path: Path) -> Path:
    settings.SOURCE_FOLDERS = [str(tmp_path / "shared")]
    found = tmp_path / "shared" / "handbook"
    write(found, FILES)
    return found


@pytest.fixture
def source(alice: User, folder: Path) -> Source:
    return make_source(alice, "folder", str(folder))


def test_what_is_there_becomes_documents(source: Source) -> None:
    run(source)
    assert titles(source) == ["rules.md", "trips/oslo.txt", "trips/rome.txt"]
    assert content(document(source, "trips/rome.txt")) == b"Rome in May."
    assert source.counts["added"] == 3
    assert (source.state, source.phase) == (Source.State.IDLE, "")


def test_a_second_sync_stores_nothing_and_reads_nothing(source: Source, folder: Path) -> None:
    run(source)
    stored = set(Version.objects.values_list("pk", flat=True))
    run(source)
    assert set(Version.objects.values_list("pk", flat=True)) == stored
    # By their tags: none of them was to be fetched.
    assert source.counts["unchanged"] == source.counts["seen"] == 3


def test_a_changed_file_is_the_next_version_and_the_old_one_still_opens(
    source: Source, folder: Path
) -> None:
    run(source)
    before = document(source, "rules.md")
    write(folder, {"rules.md": "Be kind and brief."})
    run(source)
    after = document(source, "rules.md")
    assert after.pk == before.pk
    old, new = after.versions.order_by("number")
    assert (old.number, new.number) == (1, 2)
    assert [content_of(version) for version in (old, new)] == [b"Be kind.", b"Be kind and brief."]
    assert source.counts["changed"] == 1


def test_a_file_that_was_touched_is_no_new_version(source: Source, folder: Path) -> None:
    run(source)
    os.utime(folder / "rules.md", (1, 1))
    run(source)
    assert document(source, "rules.md").versions.count() == 1


def test_a_name_with_what_nobody_sees_is_a_title_without_it(source: Source, folder: Path) -> None:
    """And no other title at each sync, which would have its words made anew."""
    name = "gro\u202etxt.exe\u200e.md"
    write(folder, {name: "Be kind."})
    run(source)
    made = document(source, "grotxt.exe.md")
    Version.objects.update(words_recipe=7)
    os.utime(folder / name, (1, 1))
    run(source)
    assert made.versions.get().words_recipe == 7
    assert item(source, name).shown_path == "gro⟨U+202E⟩txt.exe⟨U+200E⟩.md"


def test_a_moved_file_stays_the_same_document(source: Source, folder: Path) -> None:
    run(source)
    before = document(source, "rules.md")
    (folder / "old").mkdir()
    (folder / "rules.md").rename(folder / "old" / "rules of 2020.md")
    run(source)
    assert titles(source) == ["old/rules of 2020.md", "trips/oslo.txt", "trips/rome.txt"]
    assert document(source, "old/rules of 2020.md").pk == before.pk
    assert before.versions.count() == 1
    assert source.counts["moved"] == 1


def test_a_renamed_folder_makes_no_duplicates(source: Source, folder: Path) -> None:
    run(source)
    ids = set(source.collection.documents.values_list("pk", flat=True))
    (folder / "trips").rename(folder / "journeys")
    run(source)
    assert titles(source) == ["journeys/oslo.txt", "journeys/rome.txt", "rules.md"]
    assert set(source.collection.documents.values_list("pk", flat=True)) == ids


def test_a_removed_file_leaves_search_and_stays_for_what_quotes_it(
    source: Source, folder: Path, alice: User
) -> None:
    run(source)
    gone = document(source, "rules.md")
    type(gone).objects.filter(pk=gone.pk).update(current=gone.versions.get())
    assert Scope(alice).readable().filter(pk=gone.pk).exists()
    (folder / "rules.md").unlink()
    run(source)
    gone.refresh_from_db()
    assert gone.withdrawn
    assert content(gone) == b"Be kind."
    assert not Scope(alice).readable().filter(pk=gone.pk).exists()
    assert item(source, "rules.md").state == SourceItem.State.REMOVED


def test_a_file_that_comes_back_is_the_document_that_it_was(source: Source, folder: Path) -> None:
    run(source)
    before = document(source, "rules.md")
    (folder / "rules.md").unlink()
    run(source)
    write(folder, {"rules.md": "Be kind."})
    run(source)
    before.refresh_from_db()
    assert before.withdrawn is None
    assert before.versions.count() == 1


def test_a_file_that_was_moved_two_syncs_ago_is_still_known(source: Source, folder: Path) -> None:
    run(source)
    before = document(source, "rules.md")
    (folder / "rules.md").rename(folder.parent / "rules.md")
    run(source)
    (folder.parent / "rules.md").rename(folder / "rules again.md")
    run(source)
    assert document(source, "rules again.md").pk == before.pk
    assert titles(source) == ["rules again.md", "trips/oslo.txt", "trips/rome.txt"]


def test_a_folder_that_is_not_mounted_takes_nothing_away(source: Source, folder: Path) -> None:
    run(source)
    folder.rename(folder.parent / "elsewhere")
    run(source)
    assert source.error_code == "source_unavailable"
    assert source.due is not None
    assert len(titles(source)) == 3


def test_an_empty_folder_takes_nothing_away_until_somebody_says_so(
    source: Source, folder: Path
) -> None:
    run(source)
    folder.rename(folder.parent / "elsewhere")
    folder.mkdir()
    run(source)
    assert (source.state, source.error_code) == (Source.State.STOPPED, "nothing_there")
    assert len(titles(source)) == 3
    run(source, may_be_empty=True)
    assert titles(source) == []
    assert source.state == Source.State.IDLE


def test_a_folder_that_cannot_be_read_takes_nothing_away(source: Source, folder: Path) -> None:
    run(source)
    (folder / "trips").rename(folder / "aside")
    (folder / "trips").symlink_to("/nowhere")
    (folder / "aside").rename(folder.parent / "aside")
    run(source)
    assert titles(source) == ["rules.md"]


def test_links_lead_nowhere(source: Source, folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "private", {"salaries.txt": "Secret."})
    (folder / "salaries.txt").symlink_to(tmp_path / "private" / "salaries.txt")
    (folder / "private").symlink_to(tmp_path / "private")
    run(source)
    assert titles(source) == ["rules.md", "trips/oslo.txt", "trips/rome.txt"]


def test_a_file_that_becomes_a_link_before_it_is_fetched_is_not_read(
    source: Source, folder: Path, tmp_path: Path
) -> None:
    run(source)
    write(tmp_path / "private", {"rome.txt": "Secret."})
    (folder / "trips").rename(folder.parent / "trips")
    (folder / "trips").symlink_to(tmp_path / "private")
    source.items.filter(path="trips/rome.txt").update(state=SourceItem.State.PENDING)
    Source.objects.filter(pk=source.pk).update(phase=Source.Phase.FETCHING)
    run(source)
    assert content(document(source, "trips/rome.txt")) == b"Rome in May."


def test_a_folder_beside_those_that_may_be_read_is_refused(
    source: Source, settings, tmp_path: Path
) -> None:
    settings.SOURCE_FOLDERS = [str(tmp_path / "shared" / "hand")]
    run(source)
    assert (source.state, source.error_code) == (Source.State.STOPPED, "source_misset")
    assert titles(source) == []


def test_names_that_are_no_text_are_read_as_well(source: Source, folder: Path) -> None:
    with open(os.fsencode(folder) + b"/caf\xe9.txt", "wb") as file:
        file.write(b"Coffee.")
    write(folder, {"bytes:x.txt": "X."})
    run(source)
    assert "caf\N{REPLACEMENT CHARACTER}.txt" in titles(source)
    assert "bytes:x.txt" in titles(source)
    run(source)
    assert source.counts["seen"] == source.counts["unchanged"] == 5


def test_patterns_choose_and_what_they_leave_out_later_leaves_search(
    source: Source, folder: Path
) -> None:
    run(source)
    Source.objects.filter(pk=source.pk).update(include="trips/**", exclude="*oslo*")
    run(source)
    assert titles(source) == ["trips/rome.txt"]
    Source.objects.filter(pk=source.pk).update(include="", exclude="")
    run(source)
    assert len(titles(source)) == 3
    assert Version.objects.count() == 3


def test_what_cannot_be_read_is_left_out_with_its_reason(source: Source, folder: Path) -> None:
    write(folder, {"game.exe": "x", "empty.txt": "", ".hidden.txt": "x", "~$open.docx": "x"})
    (folder / "no suffix").write_bytes(b"\x00\x01\x02" * 100)
    run(source)
    assert len(titles(source)) == 3
    left = {each.path: each.code for each in source.items.filter(state="skipped")}
    assert left == {
        "game.exe": "unsupported_kind",
        "empty.txt": "empty_file",
        "no suffix": "unsupported_type",
    }
    run(source)
    assert source.counts["skipped"] == 3


def test_a_file_that_is_too_large_is_left_out(source: Source, folder: Path) -> None:
    Source.objects.filter(pk=source.pk).update(max_megabytes=1)
    write(folder, {"large.txt": "x" * 1024 * 1024 + "y"})
    run(source)
    assert item(source, "large.txt").code == "too_large"


def test_what_somebody_deleted_here_does_not_come_back(source: Source, folder: Path) -> None:
    run(source)
    deletion.remove(document(source, "rules.md"))
    write(folder, {"rules.md": "Be kind, again."})
    run(source, is_full=True)
    assert titles(source) == ["trips/oslo.txt", "trips/rome.txt"]
    assert item(source, "rules.md").state == SourceItem.State.IGNORED


def test_an_upload_of_the_same_name_is_a_document_of_its_own(source: Source, alice: User) -> None:
    run(source)
    theirs = document(source, "rules.md")
    own = uploads.accept(alice, SimpleUploadedFile("rules.md", b"Mine."), source.collection)
    assert own.pk != theirs.pk
    assert theirs.versions.count() == 1
    same = uploads.accept(alice, SimpleUploadedFile("r.md", b"Be kind."), source.collection)
    assert source.collection.documents.count() == 5
    assert not hasattr(same, "source_item")


def test_there_is_no_more_than_the_owner_s_room(source: Source, folder: Path, settings) -> None:
    settings.DOCUMENT_QUOTA_FILES = 2
    run(source)
    assert len(titles(source)) == 2
    assert source.error_code == "quota_exceeded"
    assert source.state == Source.State.IDLE
    settings.DOCUMENT_QUOTA_FILES = 10
    run(source)
    assert len(titles(source)) == 3
    assert source.error == ""


def test_a_full_check_finds_what_kept_its_tag(source: Source, folder: Path, monkeypatch) -> None:
    """As on a mounted drive whose server tells neither sizes nor dates that can be trusted."""
    run(source)
    write(folder, {"rules.md": "Be rude."})
    item_ = item(source, "rules.md")
    listed = next(
        each
        for each in folders.Folder(build_config(source)).list_items(None, None)
        if getattr(each, "path", "") == "rules.md"
    )
    SourceItem.objects.filter(pk=item_.pk).update(etag=listed.etag)
    run(source)
    assert content(document(source, "rules.md")) == b"Be kind."
    run(source, is_full=True)
    assert content(document(source, "rules.md")) == b"Be rude."
    assert not source.is_full


def test_a_paused_source_rests_until_somebody_says_so(source: Source, folder: Path) -> None:
    controls.pause(source)
    assert sync.run(source.pk) is False
    assert titles(source) == []
    controls.resume(source)
    assert sync.run(source.pk) is False
    assert len(titles(source)) == 3


def test_two_workers_never_sync_one_source(source: Source) -> None:
    Source.objects.filter(pk=source.pk).update(state="running", due=None)
    assert sync.run(source.pk) is False
    with pytest.raises(Conflict):
        controls.run_now(source)


def test_many_files_take_a_handful_of_queries_for_each_batch(source: Source, folder: Path) -> None:
    many = folder / "many"
    many.mkdir()
    # More than are taken up at once.
    for n in range(1_100):
        (many / f"{n:05}.txt").write_bytes(b"Note %d." % n)
    run(source)
    assert source.counts["added"] == 1_103
    assert source.collection.documents.count() == 1_103
    with CaptureQueriesContext(connection) as queries:
        run(source)
    assert source.counts["unchanged"] == 1_103
    # A handful for each batch, whatever it holds.
    assert len(queries) < 100
    assert Version.objects.count() == 1_103


def test_a_document_of_a_source_is_changed_there_alone(source: Source, alice: User) -> None:
    run(source)
    kept = document(source, "rules.md")
    other = Collection.objects.create(owner=alice, name="Other")
    Document.objects.filter(pk=kept.pk).update(added_by=alice)
    for change in (
        lambda: collections.retitle(kept, "Mine"),
        lambda: collections.move(alice, kept, other.pk),
        lambda: versions.add(kept, SimpleUploadedFile("rules.md", b"Mine.")),
        lambda: versions.restore(kept, 1),
        lambda: curation.move(kept, other),
    ):
        with pytest.raises(Conflict, match="kept up to date by its source"):
            change()


def test_its_page_names_the_source_and_tells_what_is_old_or_gone(
    source: Source, alice: User, folder: Path
) -> None:
    client = Client()
    client.force_login(alice)
    run(source)
    kept = document(source, "rules.md")
    page, manage = f"/documents/{kept.pk}/", f"/documents/{kept.pk}/manage/"
    shown = client.get(page).content.decode()
    assert f"From the source {source.name}" in shown
    assert "no longer find it" not in shown
    assert "are changed there" in client.get(manage).content.decode()
    write(folder, {"rules.md": "Be kind and brief."})
    run(source)
    Document.objects.filter(pk=kept.pk).update(current=kept.versions.get(number=2))
    assert "The source has changed since." in client.get(f"{page}?version=1").content.decode()
    assert "The source has changed since." not in client.get(page).content.decode()
    (folder / "rules.md").unlink()
    run(source)
    assert "Searches no longer find it" in client.get(f"{page}?version=1").content.decode()
    assert "Removed at its source" in client.get("/documents/").content.decode()


def test_what_a_source_tells_is_metadata_to_filter_by(source: Source, folder: Path) -> None:
    run(source)
    kept = document(source, "trips/rome.txt")
    assert kept.metadata["path"] == "trips/rome.txt"
    assert kept.metadata["source"] == source.name
    kept.metadata |= {"label": "travel"}
    kept.save()
    (folder / "trips/rome.txt").rename(folder / "rome.txt")
    run(source)
    kept.refresh_from_db()
    assert kept.metadata["path"] == "rome.txt"
    assert kept.metadata["label"] == "travel"
