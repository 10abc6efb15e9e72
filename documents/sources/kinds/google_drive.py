"""Folders of Google Drive, by its API: My Drive, shared drives, and Google's own documents.

Folders are gone through one after the other, with what is yet to be read as the position. Google's
documents are exported to the formats of Office. Google says 403 both to who may not and to who asks
too often; the reason in the answer tells which.
"""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.sources.base import Checkpoint, Config, End, Item, Kind, Listed, Option, Writable
from documents.sources.errors import (
    CredentialRefused,
    ItemError,
    RateLimited,
    SourceError,
    SourceMisset,
)
from documents.sources.http import Client, read_wait
from documents.sources.kinds.dates import read_date

API = "https://www.googleapis.com"
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
SCOPE = "https://www.googleapis.com/auth/drive.readonly"
PAGE = 1000
MAX_DEPTH = 64
FOLDER = "application/vnd.google-apps.folder"
_OFFICE = "application/vnd.openxmlformats-officedocument"
# What Google's documents are exported as, and the ending of that.
EXPORTS = {
    "application/vnd.google-apps.document": (f"{_OFFICE}.wordprocessingml.document", ".docx"),
    "application/vnd.google-apps.spreadsheet": (f"{_OFFICE}.spreadsheetml.sheet", ".xlsx"),
    "application/vnd.google-apps.presentation": (f"{_OFFICE}.presentationml.presentation", ".pptx"),
    "application/vnd.google-apps.drawing": ("application/pdf", ".pdf"),
}
_FIELDS = (
    "nextPageToken,files(id,name,mimeType,modifiedTime,md5Checksum,size,version,webViewLink,"
    "owners(displayName))"
)
_TOO_OFTEN = {
    *("userRateLimitExceeded", "rateLimitExceeded", "sharingRateLimitExceeded"),
    *("dailyLimitExceeded", "quotaExceeded", "backendError"),
}
_NO_TOKEN = {"invalid_grant", "invalid_client", "unauthorized_client"}
_LIFE, _SPARE = 3600, 120


class Drive:
    def __init__(self, config: Config) -> None:
        self._config = config
        self._api = config.address.rstrip("/") or API
        self._client = Client(config, interpret=_interpret)
        self._expires = 0.0

    def list_items(self, position: Any, cursor: Any) -> Iterator[Listed]:
        root = str(self._config.options.get("folder") or "root")
        # Each folder with the path of what is in it; the first may be half read.
        waiting: list[list[Any]] = position["waiting"] if position else [[root, ""]]
        token = position["token"] if position else ""
        while waiting:
            folder, above = waiting[0]
            page = self._read_page(folder, token)
            token = page.get("nextPageToken") or ""
            for found in page.get("files", ()):
                path = f"{above}/{_clean(found['name'])}" if above else _clean(found["name"])
                if found["mimeType"] == FOLDER:
                    if path.count("/") < MAX_DEPTH:
                        waiting.append([found["id"], path])
                elif item := _describe(found, path):
                    yield item
            if not token:
                waiting.pop(0)
            if waiting:
                yield Checkpoint({"waiting": [*waiting], "token": token})
        yield End()

    def fetch(self, item: Item, file: Writable) -> None:
        self._sign_in()
        kind = str(item.metadata.get("type", ""))
        if kind in EXPORTS:
            asked = urlencode({"mimeType": EXPORTS[kind][0]})
            url = f"{self._api}/drive/v3/files/{item.key}/export?{asked}"
        else:
            url = f"{self._api}/drive/v3/files/{item.key}?alt=media&supportsAllDrives=true"
        self._client.download(url, file)

    def close(self) -> None:
        self._client.close()

    def _read_page(self, folder: str, token: str) -> Any:
        self._sign_in()
        asked = {
            "q": f"'{folder.replace(chr(39), '')}' in parents and trashed = false",
            "fields": _FIELDS,
            "pageSize": PAGE,
            "orderBy": "name,createdTime",
            "supportsAllDrives": "true",
            "includeItemsFromAllDrives": "true",
            **({"pageToken": token} if token else {}),
        }
        return self._client.read_json(f"{self._api}/drive/v3/files?{urlencode(asked)}")

    def _sign_in(self) -> None:
        """Have a token that is good for a while. Raises CredentialRefused or SourceMisset."""
        if time.monotonic() < self._expires:
            return
        told = read_credential(self._config.credential)
        self._client.headers.pop("Authorization", None)
        answer = self._client.read_json(
            str(told.get("token_uri") or TOKEN_URL),
            "POST",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(_compose_grant(told)).encode(),
        )
        if not isinstance(answer, dict) or not answer.get("access_token"):
            raise CredentialRefused
        self._client.headers["Authorization"] = f"Bearer {answer['access_token']}"
        life = int(answer.get("expires_in") or _LIFE)
        self._expires = time.monotonic() + max(life - _SPARE, 30)


def read_credential(text: str) -> dict[str, Any]:
    """Return the parts of a service account's key or of a person's consent.

    Raises SourceMisset.
    """
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if isinstance(told, dict):
        if told.get("type") == "service_account" and told.get("private_key"):
            return told
        if {"client_id", "client_secret", "refresh_token"} <= told.keys():
            return told
    raise SourceMisset(
        "The credential is not the JSON of a service account, or of a client with a refresh token."
    )


def _compose_grant(told: Mapping[str, Any]) -> dict[str, str]:
    if "refresh_token" in told:
        return {
            "grant_type": "refresh_token",
            **{name: str(told[name]) for name in ("client_id", "client_secret", "refresh_token")},
        }
    import jwt  # noqa: PLC0415 - only such sources need it

    now = int(time.time())
    claims = {
        "iss": told.get("client_email"),
        "scope": SCOPE,
        "aud": told.get("token_uri") or TOKEN_URL,
        "iat": now,
        "exp": now + _LIFE,
    }
    if told.get("subject"):
        claims["sub"] = told["subject"]
    try:
        signed = jwt.encode(claims, str(told["private_key"]), algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        raise SourceMisset("The private key of the service account cannot be read.") from error
    return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": signed}


def _describe(found: Mapping[str, Any], path: str) -> Item | None:
    kind = str(found["mimeType"])
    if kind in EXPORTS:
        path, etag = path + EXPORTS[kind][1], f"{found.get('version')}-{found.get('modifiedTime')}"
    elif kind.startswith("application/vnd.google-apps."):
        # Forms, maps, shortcuts: nothing that can be read.
        return None
    else:
        etag = str(found.get("md5Checksum") or found.get("modifiedTime") or "")
    owners = [str(each.get("displayName", "")) for each in found.get("owners") or ()]
    size = found.get("size")
    return Item(
        key=str(found["id"]),
        path=path,
        etag=etag,
        size=int(size) if size and kind not in EXPORTS else None,
        modified=read_date(found.get("modifiedTime")),
        link=str(found.get("webViewLink") or ""),
        metadata={"path": path, "type": kind, "author": ", ".join(owners)[:200]},
    )


def _clean(name: str) -> str:
    return name.replace("/", "_").strip() or "_"


def _interpret(status: int, headers: Mapping[str, str], body: bytes) -> SourceError | None:
    try:
        told = json.loads(body).get("error")
        if isinstance(told, str):
            # Of the server that gives tokens.
            return CredentialRefused() if told in _NO_TOKEN else None
        reasons = {str(each.get("reason")) for each in told.get("errors") or ()}
    except (ValueError, AttributeError):
        return None
    if reasons & _TOO_OFTEN:
        return RateLimited(retry_after=read_wait(headers))
    if "exportSizeLimitExceeded" in reasons:
        return ItemError("Google exports no document that is larger than 10 MB.")
    return None


def check(config: Config) -> None:
    """Raises ValidationError."""
    try:
        read_credential(config.credential)
    except SourceMisset as error:
        raise ValidationError({"credential": _("Paste the whole JSON.")}, code="no_json") from error


KIND = Kind(
    name="google_drive",
    title=gettext_lazy("Google Drive"),
    hint=gettext_lazy(
        "A folder that is shared with a service account, or a shared drive. Documents of Google are"
        " exported to the formats of Office."
    ),
    open=Drive,
    check=check,
    address_label=gettext_lazy("Address of the API"),
    address_hint=gettext_lazy("Empty for Google’s."),
    is_address_required=False,
    credential_label=gettext_lazy("JSON key of the service account"),
    options=(
        Option(
            name="folder",
            label=gettext_lazy("ID of the folder or shared drive"),
            hint=gettext_lazy("The end of its address in the browser."),
            is_required=True,
        ),
    ),
)
