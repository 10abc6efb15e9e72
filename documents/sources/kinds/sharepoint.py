"""A document library of SharePoint, or somebody's OneDrive, by Microsoft Graph.

The first listing goes through everything and ends with a link that names changes from then on. When
Graph has forgotten that link, it says 410, and the next listing goes through everything again.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from django.utils.translation import gettext_lazy

from documents.sources.base import Checkpoint, Config, End, Item, Kind, Listed, Option, Writable
from documents.sources.errors import (
    CredentialRefused,
    PositionLost,
    SourceError,
    SourceUnavailable,
)
from documents.sources.http import Client
from documents.sources.kinds.dates import read_date

API, LOGIN = "https://graph.microsoft.com/v1.0", "https://login.microsoftonline.com"
SCOPE = "https://graph.microsoft.com/.default"
_LIFE, _SPARE = 3600, 120
_GONE, _BAD = 410, 400
_SELECT = "id,name,file,folder,root,deleted,size,cTag,eTag,lastModifiedDateTime,webUrl,"
_SELECT += "parentReference,lastModifiedBy"


class Library:
    def __init__(self, config: Config) -> None:
        options = config.options
        self._config = config
        self._api = config.address.rstrip("/") or API
        self._login = str(options.get("login") or LOGIN).rstrip("/")
        self._drive = str(options.get("drive") or "").strip("/")
        self._below = str(options.get("folder") or "").strip("/")
        self._client = Client(config, interpret=_interpret)
        self._expires = 0.0

    def list_items(self, position: Any, cursor: Any) -> Iterator[Listed]:
        # A link that goes on with a listing of changes is told from one of everything.
        url, is_partial = position or (cursor, True) if position or cursor else (None, False)
        if url is None:
            url = f"{self._api}/{quote(self._drive)}/root/delta?{urlencode({'$select': _SELECT})}"
        while True:
            page = self._read(url)
            for found in page.get("value", ()):
                if item := self._describe(found):
                    yield item
            following = page.get("@odata.nextLink")
            if not following:
                yield End(page.get("@odata.deltaLink"), is_partial=is_partial)
                return
            url = str(following)
            yield Checkpoint([url, is_partial])

    def fetch(self, item: Item, file: Writable) -> None:
        self._sign_in()
        url = f"{self._api}/{quote(self._drive)}/items/{quote(item.key)}/content"
        self._client.download(url, file)

    def close(self) -> None:
        self._client.close()

    def _read(self, url: str) -> Any:
        if urlsplit(url)[:2] != urlsplit(self._api)[:2]:
            # Its answers say where to go on, and the token goes along.
            raise SourceUnavailable("The source leads to another server.")
        self._sign_in()
        return self._client.read_json(url)

    def _describe(self, found: Mapping[str, Any]) -> Item | None:
        key = str(found.get("id") or "")
        if "deleted" in found:
            return Item(key=key, path="", is_gone=True)
        if "file" not in found:
            return None
        above = unquote(str((found.get("parentReference") or {}).get("path", "")))
        folder = above.partition(":")[2].strip("/")
        path = f"{folder}/{found['name']}" if folder else str(found["name"])
        if self._below:
            if not path.startswith(f"{self._below}/"):
                # Moved out of what is looked at, perhaps.
                return Item(key=key, path=path, is_gone=True)
            path = path.removeprefix(f"{self._below}/")
        person = ((found.get("lastModifiedBy") or {}).get("user") or {}).get("displayName", "")
        return Item(
            key=key,
            path=path,
            # Of the content; the other tag changes with a name, too.
            etag=str(found.get("cTag") or found.get("eTag") or ""),
            size=found.get("size"),
            modified=read_date(found.get("lastModifiedDateTime")),
            link=str(found.get("webUrl") or ""),
            metadata={"path": path, "author": str(person)[:200]},
        )

    def _sign_in(self) -> None:
        """Have a token that is good for a while. Raises CredentialRefused."""
        if time.monotonic() < self._expires:
            return
        config = self._config
        self._client.headers.pop("Authorization", None)
        tenant = quote(str(config.options.get("tenant") or ""), "")
        asked = {
            "grant_type": "client_credentials",
            "client_id": config.username,
            "client_secret": config.credential,
            "scope": SCOPE,
        }
        answer = self._client.read_json(
            f"{self._login}/{tenant}/oauth2/v2.0/token",
            "POST",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(asked).encode(),
        )
        if not isinstance(answer, dict) or not answer.get("access_token"):
            raise CredentialRefused
        self._client.headers["Authorization"] = f"Bearer {answer['access_token']}"
        life = int(answer.get("expires_in") or _LIFE)
        self._expires = time.monotonic() + max(life - _SPARE, 30)


def _interpret(status: int, headers: Mapping[str, str], body: bytes) -> SourceError | None:
    if status == _GONE:
        return PositionLost()
    if status == _BAD and b"AADSTS" in body:
        return CredentialRefused()
    return None


KIND = Kind(
    name="sharepoint",
    title=gettext_lazy("SharePoint or OneDrive"),
    hint=gettext_lazy(
        "A document library, by Microsoft Graph, with an application that may read files"
        " (Files.Read.All or Sites.Selected)."
    ),
    open=Library,
    address_label=gettext_lazy("Address of the API"),
    address_hint=gettext_lazy("Empty for Microsoft’s."),
    is_address_required=False,
    username_label=gettext_lazy("Application (client) ID"),
    credential_label=gettext_lazy("Client secret"),
    options=(
        Option(name="tenant", label=gettext_lazy("Directory (tenant) ID"), is_required=True),
        Option(
            name="drive",
            label=gettext_lazy("Drive"),
            hint=gettext_lazy("As in drives/ID, sites/ID/drive or users/anna@example.org/drive."),
            is_required=True,
        ),
        Option(
            name="folder",
            label=gettext_lazy("Folder"),
            hint=gettext_lazy("Its path in the library; empty for all of it."),
        ),
        Option(
            name="login",
            label=gettext_lazy("Address for signing in"),
            hint=gettext_lazy("Empty for Microsoft’s; national clouds have their own."),
            is_place=True,
        ),
    ),
)
