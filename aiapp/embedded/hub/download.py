"""The download of one file: it goes on where it was interrupted, and ends with its checksum.

huggingface_hub's own begins again whenever its process has ended (2.4), checks the length alone
and finds the disk full when it is. Sending requests, following its redirects, trying again and
reading its errors is left to it.
"""

import errno
import fcntl
import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from io import BufferedRandom
from pathlib import Path

import httpx2
from django.conf import settings
from huggingface_hub import hf_hub_url
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # public, but not to mypy
    build_hf_headers,
    hf_raise_for_status,
    http_stream_backoff,
)

from aiapp.embedded.hub.errors import ChecksumWrong, DiskFull, HubUnreachable
from aiapp.embedded.hub.files import HubFile
from aiapp.embedded.hub.repository import translate_errors
from aiapp.embedded.hub.shelf import Shelf
from aiapp.errors import Conflict

BLOCK = 1 << 18
# What stays free for the database and everything else on the same disk.
SPARE_BYTES = 1 << 30
# How often the disk is looked at: other programs fill it as well.
LOOK_BYTES = 1 << 26
READ_SECONDS = 30.0
# After a try that brought nothing; after each further one so much longer.
PAUSE_SECONDS = 1.0
# Tries that bring nothing new, one after the other.
MAX_TRIES = 5

# Told how many bytes are there; true ends the download for now.
Note = Callable[[int], bool | None]


def _note_nothing(received: int) -> None:
    return


def fetch(file: HubFile, shelf: Shelf, note: Note = _note_nothing) -> bool:
    """Put a model on the shelf, unless it is there; False if `note` ended it before.

    Raises as `download` does.
    """
    if not shelf.holds(file):
        if not download(file, shelf.locate(file), note):
            return False
        shelf.note(file)
    return True


def download(file: HubFile, target: Path, note: Note = _note_nothing) -> bool:
    """Download a file to `target`; False if `note` ended it before, to be gone on with.

    What has arrived lies beside it, named by its checksum, so that it is never continued with
    another file's bytes. Raises DiskFull, ChecksumWrong, another HubError, and Conflict where
    another process downloads it at the moment.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = name_part(file, target)
    with _hold(part) as stored:
        if not _complete(file, stored, note):
            return False
        _check(file, stored, part)
        part.replace(target)
    return True


def name_part(file: HubFile, target: Path) -> Path:
    return target.with_name(f"{target.name}.{file.sha256[:12]}.part")


@contextmanager
def _hold(part: Path) -> Iterator[BufferedRandom]:
    """Open what has arrived so far, for one process at a time."""
    with part.open("a+b") as stored:
        try:
            fcntl.flock(stored, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(
                "This model is being downloaded already.", code="download_running"
            ) from error
        yield stored


def _complete(file: HubFile, stored: BufferedRandom, note: Note) -> bool:
    """Fetch what is missing; False if `note` ended it before."""
    tries = 0
    while (received := _measure(stored)) < file.size:
        _make_sure_of_room(file, stored)
        failure = None
        try:
            if not _fetch(file, stored, note):
                return False
        except HubUnreachable as error:
            failure = error
        tries = 0 if _measure(stored) > received else tries + 1
        if tries >= MAX_TRIES:
            raise failure or HubUnreachable()
        time.sleep(tries * PAUSE_SECONDS)
    return True


def _fetch(file: HubFile, stored: BufferedRandom, note: Note) -> bool:
    """Append what one response brings; False if `note` ended it before."""
    received = _measure(stored)
    url = hf_hub_url(
        file.repository, file.name, revision=file.revision, endpoint=settings.HF_ENDPOINT
    )
    headers = build_hf_headers(token=settings.HF_TOKEN or False)
    # A range of what a server has packed would be another one.
    headers |= {"Range": f"bytes={received}-", "Accept-Encoding": "identity"}
    with translate_errors(file.repository), _open(url, headers) as response:
        if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            stored.truncate(0)
            return True
        hf_raise_for_status(response)
        if received and response.status_code == HTTPStatus.OK:
            # The server knows no ranges.
            stored.truncate(0)
            received = 0
        looked = received
        for block in response.iter_bytes(BLOCK):
            received += _write(file, stored, block, received)
            if received - looked >= LOOK_BYTES:
                looked = received
                _make_sure_of_room(file, stored)
            if note(received):
                return False
    return True


@contextmanager
def _open(url: str, headers: dict[str, str]) -> Iterator[httpx2.Response]:
    # Tries again are ours: with the rest alone, and not as late as a server likes.
    with http_stream_backoff(
        "GET", url, headers=headers, timeout=READ_SECONDS, retry_on_exceptions=(),
        retry_on_status_codes=(), follow_redirects=True,
    ) as response:  # fmt: skip
        yield response


def _write(file: HubFile, stored: BufferedRandom, block: bytes, received: int) -> int:
    """Append a block, but no more than the file has. Raises DiskFull."""
    block = block[: file.size - received]
    try:
        stored.write(block)
        stored.flush()
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise
        # Room for the database comes before a download that can be begun again.
        stored.truncate(0)
        raise _describe_room(file) from error
    return len(block)


def _make_sure_of_room(file: HubFile, stored: BufferedRandom) -> None:
    folder = Path(stored.name).parent
    if shutil.disk_usage(folder).free < file.size - _measure(stored) + SPARE_BYTES:
        raise _describe_room(file)


def _describe_room(file: HubFile) -> DiskFull:
    needed = (file.size + SPARE_BYTES) / 1e9
    return DiskFull(
        f"There is not enough room on the disk: {file.name} needs {needed:.1f} GB, some of it to"
        " spare for the rest of the site. Free some, then resume."
    )


def _check(file: HubFile, stored: BufferedRandom, part: Path) -> None:
    stored.seek(0)
    if hashlib.file_digest(stored, "sha256").hexdigest() != file.sha256:
        part.unlink(missing_ok=True)
        raise ChecksumWrong()


def _measure(stored: BufferedRandom) -> int:
    return stored.seek(0, 2)
