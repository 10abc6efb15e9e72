"""Files in a bucket of an S3-compatible store, over django-storages and the client of boto3.

What other people's sites ran into stands beside the line that spares us from it; each has a test.
"""

import io
import logging
import os
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import File
from storages.backends.s3 import S3Storage
from storages.utils import ReadBytesWrapper, clean_name

from aiapp.files.errors import FilesUnavailable
from aiapp.files.reader import ObjectReader

PART_BYTES = 8 * 1024 * 1024
CONNECT_SECONDS, READ_SECONDS, TRIES = 5, 60, 3
# More than the threads that ask at once, or connections are thrown away with a warning each.
CONNECTIONS = 50
# An object that a health check writes: a store that is full answers all else.
PROBE = "health"
NOT_FOUND, RANGE_NOT_SATISFIABLE = 404, 416
_TOTAL = re.compile(r"bytes [0-9*-]+/(\d+)")

logger = logging.getLogger(__name__)


class Bucket(S3Storage):
    def __init__(self, **options: Any) -> None:
        style = options.pop("addressing_style")
        super().__init__(
            client_config=Config(
                signature_version="s3v4",
                s3={"addressing_style": style},
                # What boto3 adds by itself since 1.36, other stores than Amazon's refuse or, worse,
                # keep as part of the file.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                retries={"mode": "standard", "total_max_attempts": TRIES},
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                max_pool_connections=CONNECTIONS,
                tcp_keepalive=True,
            ),
            # One part after another, on the caller's thread: ten at once are ten parts of memory.
            transfer_config=TransferConfig(
                multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, use_threads=False
            ),
            # Names are random, so none is looked for before it is written.
            file_overwrite=True,
            **options,
        )
        self._client: Any = None
        self._made_in = 0
        self._lock = threading.Lock()

    @property
    def client(self) -> Any:
        """One for the process: threads may share a client, unlike a resource; forks may not."""
        with self._lock:
            if self._client is None or self._made_in != os.getpid():
                self._client = self._create_session().client(
                    "s3",
                    region_name=self.region_name,
                    endpoint_url=self.endpoint_url,
                    config=self.client_config,
                )
                self._client.meta.events.register("before-call.s3", _follow_no_redirect)
                self._made_in = os.getpid()
            return self._client

    def _open(self, name: str, mode: str = "rb") -> "File[Any]":
        if mode != "rb":
            raise ValueError("A file in a bucket is written as a whole, by save().")
        return self.open_at(name, 0)

    def open_at(self, name: str, first: int) -> "File[Any]":
        """Open a file from one of its bytes on. Raises FileNotFoundError, FilesUnavailable."""
        raw = ObjectReader(partial(self._fetch, name), first)
        return File(io.BufferedReader(raw), name)

    def _fetch(self, name: str, first: int, length: int) -> tuple[bytes, int]:
        asked = {"Bucket": self.bucket_name, "Key": self._key(name)}
        asked["Range"] = f"bytes={first}-{first + length - 1}"
        tries = 0
        try:
            while True:
                with _translate("get", name):
                    answer = self.client.get_object(**asked)
                    tries += 1
                    try:
                        # One that sent the whole file instead would be taken for a window of it.
                        total = _read_total(answer)
                        return answer["Body"].read(), total
                    except BotoCoreError:
                        # One that breaks off is nothing that boto3 asks for again.
                        if tries == TRIES:
                            raise
                    finally:
                        answer["Body"].close()
        except BehindTheEnd:
            return b"", self.size(name)

    def _save(self, name: str, content: "File[Any]") -> str:
        if content.seekable():
            content.seek(0)
        body = ReadBytesWrapper(content)
        # s3transfer closes what it has sent, and its caller wants to read on.
        body.close = lambda: None
        # Not what an uploader calls it: nothing here is ever shown by a browser.
        extra = {"ContentType": "application/octet-stream"}
        with _translate("save", name):
            self.client.upload_fileobj(
                body,
                self.bucket_name,
                self._key(name),
                ExtraArgs=extra,
                Config=self.transfer_config,
            )
        return name

    def delete(self, name: str) -> None:
        with _translate("delete", name):
            self.client.delete_object(Bucket=self.bucket_name, Key=self._key(name))

    def exists(self, name: str) -> bool:
        try:
            self.size(name)
        except FileNotFoundError:
            return False
        return True

    def size(self, name: str) -> int:
        """Return a file's size. Raises FileNotFoundError, FilesUnavailable."""
        try:
            with _translate("head", name):
                answer = self.client.head_object(Bucket=self.bucket_name, Key=self._key(name))
        except FileNotFoundError:
            # The answer to HEAD does not say what is missing, the file or the bucket.
            with _translate("head", name, missing=FilesUnavailable):
                self.client.head_bucket(Bucket=self.bucket_name)
            raise
        return int(answer["ContentLength"])

    def url(self, *args: Any, **kwargs: Any) -> str:
        """Refuse: who may read a file is asked for every time, and an address knows nobody."""
        raise NotImplementedError("Files are read through the site.")

    @contextmanager
    def lend_path(self, name: str) -> Iterator[str]:
        """Lend the path of a copy, which lies where uploads do while they come."""
        folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.open(name) as source, tempfile.NamedTemporaryFile(dir=folder) as copy:
            for piece in source.chunks():
                copy.write(piece)
            copy.flush()
            yield copy.name

    def walk(self) -> Iterator[tuple[str, int]]:
        """Yield the name and the size of every file there is."""
        prefix = self._key("")
        pages = self.client.get_paginator("list_objects_v2")
        with _translate("list", prefix):
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=prefix):
                for entry in page.get("Contents", ()):
                    name = entry["Key"].removeprefix(prefix)
                    if name != PROBE:
                        yield name, entry["Size"]

    def check(self) -> None:
        """See that the store takes what is written. Raises FilesUnavailable."""
        with _translate("check", PROBE):
            answer = self.client.put_object(
                Bucket=self.bucket_name, Key=self._key(PROBE), Body=b"aiapp"
            )
        if "ETag" not in answer:
            raise _note("check", "no store answers there")

    def _key(self, name: str) -> str:
        prefix = self.location.strip("/")
        if not name:
            return f"{prefix}/" if prefix else ""
        return str(self._normalize_name(clean_name(name)))


class BehindTheEnd(Exception):
    """A range that begins behind the last byte, as every range of an empty file does."""


def _follow_no_redirect(params: dict[str, Any], **kwargs: Any) -> None:
    """Have a redirect told as an error.

    boto3 asks which region the bucket is in, and if that is redirected as well, asks again, until
    Python's stack is full.
    """
    params["context"].setdefault("s3_redirect", {})["redirected"] = True


@contextmanager
def _translate(
    operation: str, name: str, missing: type[Exception] = FileNotFoundError
) -> Iterator[None]:
    """Raise FileNotFoundError for a file that is not there, FilesUnavailable for all else.

    The log names the store's own word for it; whoever asked learns only that it is away.
    """
    try:
        yield
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == RANGE_NOT_SATISFIABLE:
            raise BehindTheEnd from error
        if status == NOT_FOUND and code != "NoSuchBucket" and missing is FileNotFoundError:
            raise FileNotFoundError(name) from error
        raise _note(operation, f"{status} {code}") from error
    except (BotoCoreError, Boto3Error) as error:
        raise _note(operation, type(error).__name__) from error


def _note(operation: str, reason: str) -> FilesUnavailable:
    logger.warning("files_unavailable", extra={"operation": operation, "reason": reason})
    return FilesUnavailable(retry_after=5)


def _read_total(answer: dict[str, Any]) -> int:
    found = _TOTAL.fullmatch(answer.get("ContentRange", ""))
    if found is None:
        raise _note("get", "the store knows no ranges")
    return int(found[1])
