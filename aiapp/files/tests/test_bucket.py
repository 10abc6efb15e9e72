"""Faults that others met over django-storages and boto3, each tried on a server of its own."""

import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from tempfile import TemporaryFile
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile, File

from aiapp.files.bucket import PART_BYTES, TRIES
from aiapp.files.errors import FilesUnavailable
from aiapp.files.reader import FIRST_WINDOW, MAX_WINDOW
from tests.processes.object_store import Fault

# What a store answers when it is not to be had, and to which requests.
REFUSALS = {
    "the key is revoked": (403, "InvalidAccessKeyId"),
    "the key is not allowed": (403, "AccessDenied"),
    "the bucket is gone": (404, "NoSuchBucket"),
    "the bucket is elsewhere": (301, "PermanentRedirect"),
    "the disk is full": (507, "XMinioStorageFull"),
}


def make_name():
    return f"documents/{uuid4()}"


def save(bucket, body):
    return bucket.save(make_name(), ContentFile(body))


def make_bytes(size):
    """Bytes of which no two parts are alike."""
    return b"".join(hashlib.sha256(str(at).encode()).digest() for at in range(size // 32 + 1))[
        :size
    ]


@pytest.mark.parametrize("size", [0, 1, FIRST_WINDOW, PART_BYTES, 2 * PART_BYTES + 1])
def test_a_file_comes_back_as_it_was(bucket, size):
    body = make_bytes(size)
    name = save(bucket, body)
    with bucket.open(name) as file:
        assert file.size == size
        assert hashlib.file_digest(file, "sha256").digest() == hashlib.sha256(body).digest()


def test_a_large_file_goes_in_parts(bucket, store):
    save(bucket, make_bytes(2 * PART_BYTES + 1))
    sent = [each["bytes"] for each in store.requests() if each["method"] == "PUT"]
    assert sent == [PART_BYTES, PART_BYTES, 1]


def test_what_was_saved_can_be_read_on(bucket):
    """boto3 closes the file that it is given."""
    with TemporaryFile() as file:
        file.write(b"some words")
        bucket.save(make_name(), File(file))
        file.seek(5)
        assert file.read() == b"words"


def test_what_was_read_before_is_saved_from_its_beginning(bucket):
    content = ContentFile(b"some words")
    content.read(5)
    with bucket.open(bucket.save(make_name(), content)) as file:
        assert file.read() == b"some words"


def test_a_part_that_is_refused_leaves_nothing(bucket, store):
    store.fail(Fault("PUT", 507, "XMinioStorageFull", times=TRIES))
    name = make_name()
    with pytest.raises(FilesUnavailable):
        bucket.save(name, ContentFile(make_bytes(2 * PART_BYTES)))
    assert not bucket.exists(name)
    assert "DELETE" in [each["method"] for each in store.requests()]


def test_a_store_that_stays_overloaded_is_not_to_be_had(bucket, store):
    store.fail(Fault("GET", 503, "SlowDown", times=TRIES))
    with pytest.raises(FilesUnavailable):
        bucket.open(make_name())
    assert len(store.requests()) == TRIES


def test_a_file_that_was_half_sent_is_sent_again(bucket, store):
    store.fail(Fault("PUT", 503, "SlowDown"))
    body = make_bytes(100_000)
    with bucket.open(save(bucket, body)) as file:
        assert file.read() == body


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_store_that_is_not_to_be_had_says_nothing_about_a_file(bucket, store, refusal):
    name = save(bucket, b"here")
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        store.fail(Fault(method, *REFUSALS[refusal], times=100))
    asks = (bucket.open, bucket.size, bucket.exists, bucket.delete)
    for ask in (*asks, lambda name: save(bucket, b"more"), lambda name: bucket.check()):
        with pytest.raises(FilesUnavailable):
            ask(name)
    store.heal()
    assert bucket.exists(name)


def test_a_store_that_does_not_listen_is_not_to_be_had(open_bucket):
    with pytest.raises(FilesUnavailable):
        open_bucket(endpoint_url="http://127.0.0.1:1").exists("documents/any")


def test_a_bucket_that_is_not_there_does_not_look_empty(open_bucket):
    """The answer to HEAD is the same 404 for a file and for a bucket."""
    elsewhere = open_bucket(bucket_name="nowhere")
    for ask in (elsewhere.exists, elsewhere.open, elsewhere.size):
        with pytest.raises(FilesUnavailable):
            ask("documents/any")
    with pytest.raises(FilesUnavailable):
        list(elsewhere.walk())


def test_no_word_of_the_store_reaches_the_person(bucket, store, caplog):
    store.fail(Fault("PUT", 403, "InvalidAccessKeyId"))
    with pytest.raises(FilesUnavailable) as raised:
        save(bucket, b"more")
    assert raised.value.message == FilesUnavailable.message
    assert [record.reason for record in caplog.records] == ["403 InvalidAccessKeyId"]


def test_a_file_that_is_not_there_is_missed(bucket):
    assert not bucket.exists(make_name())
    for ask in (bucket.open, bucket.size):
        with pytest.raises(FileNotFoundError):
            ask(make_name())
    bucket.delete(make_name())


def test_an_end_is_read_without_the_beginning(bucket, store):
    body = make_bytes(PART_BYTES)
    name = save(bucket, body)
    store.heal()
    with bucket.open_at(name, len(body) - 100) as file:
        assert file.read() == body[-100:]
    assert [each["method"] for each in store.requests()] == ["GET"]


def test_reading_leaps_back_and_forth(bucket):
    body = make_bytes(3 * MAX_WINDOW)
    with bucket.open(save(bucket, body)) as file:
        for place in (5_000_000, 10, 2_000_000, len(body) - 7, 0):
            file.seek(place)
            assert file.read(1000) == body[place : place + 1000]
        file.seek(-7, io.SEEK_END)
        assert file.read() == body[-7:]
        with pytest.raises(ValueError, match="before"):
            file.seek(-1)


def test_windows_grow_while_the_reading_goes_on(bucket, store):
    name = save(bucket, make_bytes(PART_BYTES))
    store.heal()
    with bucket.open(name) as file:
        for _ in iter(lambda: file.read(100_000), b""):
            pass
    asked = [each["range"] for each in store.requests()]
    assert asked[0] == f"bytes=0-{FIRST_WINDOW - 1}"
    assert len(asked) < PART_BYTES // FIRST_WINDOW // 4
    sizes = [int(end) - int(start) + 1 for start, end in (a[6:].split("-") for a in asked)]
    assert max(sizes) == MAX_WINDOW


def test_a_store_that_ignores_ranges_is_not_believed(bucket, store):
    name = save(bucket, make_bytes(1000))
    store.fail(Fault("GET", 200, "the whole file"))
    with pytest.raises(FilesUnavailable):
        bucket.open(name)


def test_an_answer_that_breaks_off_is_asked_for_again(bucket, store):
    body = make_bytes(300_000)
    name = save(bucket, body)
    store.fail(Fault("GET"))
    with bucket.open(name) as file:
        assert file.read() == body


def test_answers_that_always_break_off_are_an_outage(bucket, store):
    name = save(bucket, make_bytes(300_000))
    store.fail(Fault("GET", times=100))
    with pytest.raises(FilesUnavailable):
        bucket.open(name)


def test_a_name_may_have_any_letters(open_bucket):
    bucket = open_bucket(location="of the site/+")
    for word in ("ä b+c%20&=?#", "한국어", "quote'\"<>"):
        name = bucket.save(f"imports/{word}.zip", ContentFile(b"some words"))
        with bucket.open(name) as file:
            assert file.read() == b"some words"
        assert name in [each for each, _ in bucket.walk()]
        bucket.delete(name)
        assert not bucket.exists(name)


def test_sites_of_one_bucket_do_not_see_each_other(open_bucket):
    ours, theirs = open_bucket(location="ours"), open_bucket(location="ours-not")
    name = save(ours, b"some words")
    theirs.check()
    assert list(ours.walk()) == [(name, 10)]
    assert list(theirs.walk()) == []
    assert not theirs.exists(name)


def test_threads_share_a_client(bucket):
    bodies = [make_bytes(1000 * number) for number in range(24)]
    with ThreadPoolExecutor(12) as threads:
        names = list(threads.map(lambda body: save(bucket, body), bodies))
        assert list(threads.map(lambda name: bucket.open(name).read(), names)) == bodies


def test_a_forked_process_has_a_client_of_its_own(bucket):
    ours, reading, writing = bucket.client, *os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, b"own" if bucket.client is not ours else b"same")
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with open(reading, "rb") as answer:
        assert answer.read() == b"own"


def test_an_uploader_does_not_say_what_a_file_is(bucket, store):
    content = ContentFile(b"<script>")
    content.content_type = "text/html"
    bucket.save(f"{make_name()}.html", content)
    [sent] = [each for each in store.requests() if each["method"] == "PUT"]
    assert sent["type"] == "application/octet-stream"


def test_nobody_is_given_an_address_of_the_store(bucket):
    with pytest.raises(NotImplementedError):
        bucket.url(save(bucket, b"some words"))


def test_a_lent_copy_is_taken_away(bucket, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "incoming"
    body = make_bytes(MAX_WINDOW)
    with bucket.lend_path(save(bucket, body)) as path, open(path, "rb") as file:
        assert file.read() == body
    assert list((tmp_path / "incoming").iterdir()) == []
