"""One person's documents never take all the workers that read."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections

from documents import tasks
from documents.ingest.claim import claim, next_of_same_user
from documents.library import uploads
from documents.models import Version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def upload_as(storage):
    def call(user, name):
        document = uploads.accept(user, SimpleUploadedFile(name, name.encode()))
        return document.versions.get()

    return call


def test_a_second_document_of_the_same_person_waits_and_anothers_does_not(alice, bob, upload_as):
    first, second = (upload_as(alice, f"{n}.txt") for n in "ab")
    other = upload_as(bob, "b.txt")
    assert claim(first.pk)
    assert claim(second.pk) is None
    assert claim(other.pk)
    second.refresh_from_db()
    assert (second.state, second.attempt) == (Version.State.QUEUED, 0)


def test_a_person_has_as_many_places_as_the_operator_says(alice, upload_as, settings):
    settings.INGEST_PER_USER = 2
    waiting = [upload_as(alice, f"{n}.txt") for n in "abc"]
    assert [claim(version.pk) is not None for version in waiting] == [True, True, False]


def test_twenty_workers_at_once_give_one_person_one_place(alice, upload_as):
    waiting = [upload_as(alice, f"{n}.txt").pk for n in range(20)]

    def claim_one(pk):
        try:
            return claim(pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as threads:
        claims = list(threads.map(claim_one, waiting))
    assert len([each for each in claims if each]) == 1


def test_a_claim_that_lapsed_holds_no_place(alice, upload_as, settings):
    first, second = (upload_as(alice, f"{n}.txt") for n in "ab")
    settings.INGEST_LEASE_SECONDS = 0
    assert claim(first.pk)
    assert claim(second.pk)


def test_what_found_no_place_is_queued_when_one_is_free(alice, bob, upload_as, fake, monkeypatch):
    first, second = (upload_as(alice, f"{n}.txt") for n in "ab")
    upload_as(bob, "b.txt")
    queued = []
    monkeypatch.setattr(tasks.ingest, "apply_async", lambda args, **_: queued.append(args[0]))
    held = claim(first.pk)
    tasks.ingest(str(second.pk))
    assert queued == []
    held.end(state=Version.State.QUEUED)
    tasks.ingest(str(first.pk))
    assert queued == [str(second.pk)]
    tasks.ingest(str(second.pk))
    assert queued == [str(second.pk)]
    assert next_of_same_user(first.pk) is None
    assert set(alice_states(alice)) == {Version.State.READY}


def alice_states(alice):
    return Version.objects.filter(document__added_by=alice).values_list("state", flat=True)
