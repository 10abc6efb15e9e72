"""Notes: what was guessed, replaced or left out when a file was read is said to its readers."""

import pytest
from django.urls import reverse
from django.utils import translation

from documents.ingest.notes import MAX_NOTES, describe, merge
from documents.ingest.pipeline import ingest
from documents.library.versions import retry
from documents.models import Version
from documents.parsing.notes import Note
from documents.tests.parsing import pdf

pytestmark = pytest.mark.django_db(transaction=True)
GREEK = "Η σύμβαση τίθεται σε ισχύ από την ημερομηνία υπογραφής."


@pytest.fixture
def greek(upload, fake):
    version = upload(GREEK.encode("cp1253"), "contract.txt")
    ingest(version.pk)
    version.refresh_from_db()
    return version


def test_a_guess_is_kept_with_the_version(greek):
    assert greek.state == Version.State.READY
    (note,) = greek.notes
    assert note["code"] == "encoding_guessed"
    assert note["values"]["encoding"] in {"windows-1253", "cp1253", "iso-8859-7"}


def test_a_text_that_says_what_it_is_has_no_notes(upload, fake):
    version = upload(GREEK.encode(), "contract.txt")
    ingest(version.pk)
    version.refresh_from_db()
    assert version.notes == []


def test_pages_without_text_are_counted(upload, fake):
    version = upload(pdf.pages("One", "", "Three", ""), "report.pdf")
    ingest(version.pk)
    version.refresh_from_db()
    with translation.override("en"):
        assert describe(version.notes) == ["2 of 4 pages have no text."]


def test_the_pages_the_administration_and_the_api_say_it(greek, client, django_user_model):
    sentence = "The encoding was not stated and was guessed"
    client.cookies["django_language"] = "en"
    client.force_login(django_user_model.objects.get(username="alice"))
    for page in (
        reverse("documents:list"),
        reverse("documents:detail", args=[greek.document_id]),
        reverse("documents:manage", args=[greek.document_id]),
    ):
        assert sentence in client.get(page).content.decode()
    answer = client.get(f"/api/documents/{greek.document_id}").json()
    assert answer["notes"][0]["code"] == "encoding_guessed"
    assert sentence in answer["notes"][0]["message"]
    root = django_user_model.objects.create_superuser("root", "root@example.org", "long password")
    client.force_login(root)
    address = reverse("admin:documents_document_change", args=[greek.document_id])
    assert sentence in client.get(address).content.decode()


def test_notes_are_told_in_the_language_of_whoever_reads_them(greek):
    with translation.override("ko"):
        (sentence,) = describe(greek.notes)
    assert "인코딩" in sentence


def test_what_is_read_anew_is_noted_anew(upload, fake):
    version = upload(b"%PDF-1.4\n1 0 obj\n", "broken.pdf")
    Version.objects.update(notes=[{"code": "text_only", "values": {}, "pages": []}])
    ingest(version.pk)
    assert retry(version.document).notes is None


def test_the_same_on_several_pages_is_one_note():
    told = [Note("bytes_replaced", {"count": n, "encoding": "utf-8"}, page=n) for n in (2, 5)]
    assert merge([], told) == [
        {"code": "bytes_replaced", "values": {"count": 7, "encoding": "utf-8"}, "pages": [2, 5]}
    ]


def test_there_are_never_more_than_fit():
    told = [Note("entry_unread", {"name": f"{n}.bin"}) for n in range(MAX_NOTES * 2)]
    assert len(merge([], told)) == MAX_NOTES


def test_a_note_of_a_later_release_is_left_out():
    kept = [{"code": "not_known_here", "values": {"count": 1}, "pages": []}]
    assert describe(kept) == []
