"""A bucket of Amazon S3 or of another store that speaks its protocol.

boto3 signs, pages and tries again; what it sends goes through the guarded pool. The keys of a
bucket are listed in their order, so the last one is all that is needed to go on.
"""

from collections.abc import Iterator
from functools import cache, cached_property
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from urllib3.exceptions import HTTPError

from documents.sources.base import Checkpoint, Config, End, Item, Kind, Listed, Option, Writable
from documents.sources.errors import (
    CredentialRefused,
    ItemGone,
    NotThere,
    RateLimited,
    SourceError,
    SourceUnavailable,
)
from documents.sources.http import FILE_SECONDS, MAX_PAGE_BYTES, PAGE_SECONDS, build_pool, check_url

BLOCK = 1024 * 1024
SCHEME = "s3"
_MISSING = {"404", "NoSuchKey", "NoSuchBucket"}
_REFUSED = {
    *("403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"),
    *("InvalidToken", "TokenRefreshRequired", "AccountProblem", "AllAccessDisabled"),
}
_BUSY = {"SlowDown", "Throttling", "RequestLimitExceeded", "503", "429"}


class Bucket:
    def __init__(self, config: Config) -> None:
        parts = urlsplit(config.address)
        self._bucket, self._prefix = parts.netloc, parts.path.lstrip("/")
        self._config = config
        self._pool = build_pool(config)

    def list_items(self, position: Any, cursor: Any) -> Iterator[Listed]:
        after, is_whole = position or "", False
        while not is_whole:
            asked = {"Bucket": self._bucket, "Prefix": self._prefix}
            page = self._call("list_objects_v2", **asked, StartAfter=after)
            is_whole = not page.get("IsTruncated")
            for found in page.get("Contents", ()):
                after = found["Key"]
                # Consoles make such objects to stand for folders.
                if not after.endswith("/"):
                    yield self._describe(found)
            if not is_whole:
                yield Checkpoint(after)
        yield End()

    def fetch(self, item: Item, file: Writable) -> None:
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415

        try:
            with self._pool.deadline(FILE_SECONDS):
                body = self._call("get_object", Bucket=self._bucket, Key=item.key)["Body"]
                while block := body.read(BLOCK):
                    file.write(block)
                    self._config.note_life()
        except NotThere as error:
            raise ItemGone from error
        except (BotoCoreError, HTTPError, OSError) as error:
            raise SourceUnavailable from error

    def close(self) -> None:
        self._pool.close()

    def _describe(self, found: dict[str, Any]) -> Item:
        key = found["Key"]
        path = key[self._prefix.rfind("/") + 1 :] if key.startswith(self._prefix) else key
        return Item(
            key=key,
            path=path,
            etag=str(found.get("ETag", "")).strip('"'),
            size=found.get("Size"),
            modified=found.get("LastModified"),
            metadata={"path": key, "bucket": self._bucket},
        )

    def _call(self, operation: str, **asked: Any) -> Any:
        """Raises a SourceError."""
        # Imported here: it takes a third of a second, which only such sources need.
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        self._config.note_life()
        try:
            with self._pool.deadline(PAGE_SECONDS):
                return getattr(self._client, operation)(**asked)
        except ClientError as error:
            raise _translate(error.response) from error
        except (BotoCoreError, HTTPError, OSError) as error:
            raise SourceUnavailable from error

    @cached_property
    def _client(self) -> Any:
        import boto3  # noqa: PLC0415
        from botocore import UNSIGNED  # noqa: PLC0415
        from botocore.config import Config as BotoConfig  # noqa: PLC0415

        config, options = self._config, self._config.options
        endpoint = options.get("endpoint") or None
        settings = BotoConfig(
            signature_version="s3v4" if config.username else UNSIGNED,
            # Where a store is addressed by a name of its own, buckets stand in the path.
            s3={"addressing_style": "path" if endpoint else "virtual"},
            # What newer clients ask beside is refused by older stores.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            retries={"mode": "standard", "max_attempts": 3},
        )
        # Never with what the server itself may do: its own role is nobody's credential.
        session = boto3.session.Session(
            aws_access_key_id=config.username or "none",
            aws_secret_access_key=config.credential or "none",
            region_name=options.get("region") or "us-east-1",
        )
        client = session.client("s3", endpoint_url=endpoint, config=settings)
        client.meta.events.register("before-send.s3", self._send)
        return client

    def _send(self, request: Any, **_others: Any) -> Any:
        """Send what boto3 has signed through our pool."""
        check_url(request.url)
        headers = {
            name: value.decode() if isinstance(value, bytes) else str(value)
            for name, value in request.headers.items()
        }
        response = self._pool.request(
            request.method,
            request.url,
            headers=headers,
            body=request.body,
            redirect=False,
            preload_content=False,
            decode_content=False,
        )
        return _response_class()(request.url, response.status, response.headers, response)


@cache
def _response_class() -> Any:
    """Return botocore's answers with a bound on those that it reads whole, such as listings."""
    from botocore.awsrequest import AWSResponse  # noqa: PLC0415

    class Response(AWSResponse):
        @cached_property
        def content(self) -> bytes:
            body = bytearray()
            for block in self.raw.stream(64 * 1024):
                body += block
                if len(body) > MAX_PAGE_BYTES:
                    raise SourceUnavailable("The source's answer is too large.")
            return bytes(body)

    return Response


def _translate(answer: dict[str, Any]) -> SourceError:
    code = str(answer.get("Error", {}).get("Code", ""))
    if code in _MISSING:
        return NotThere("There is no such bucket or object.")
    if code in _REFUSED:
        return CredentialRefused()
    return RateLimited() if code in _BUSY else SourceUnavailable(f"The store says {code[:60]}.")


def check(config: Config) -> None:
    """Raises ValidationError."""
    parts = urlsplit(config.address)
    if parts.scheme != SCHEME or not parts.netloc:
        raise ValidationError(_("Enter an address such as s3://bucket/folder."), code="no_bucket")
    if bool(config.username) != bool(config.credential):
        raise ValidationError(
            _("Enter both parts of the access key, or neither for a public bucket."), code="half"
        )


KIND = Kind(
    name="s3",
    title=gettext_lazy("S3 bucket"),
    hint=gettext_lazy("A bucket of Amazon S3, MinIO, Ceph or another store with that protocol."),
    open=Bucket,
    check=check,
    address_label=gettext_lazy("Bucket"),
    address_hint=gettext_lazy("As in s3://bucket, or s3://bucket/folder/ for a part of it."),
    username_label=gettext_lazy("Access key ID"),
    credential_label=gettext_lazy("Secret access key"),
    options=(
        Option(
            name="endpoint",
            label=gettext_lazy("Address of the store"),
            hint=gettext_lazy("Empty for Amazon’s."),
            is_place=True,
        ),
        Option(name="region", label=gettext_lazy("Region"), default="us-east-1"),
    ),
)
