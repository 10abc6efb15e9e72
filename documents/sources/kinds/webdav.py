"""A folder of a WebDAV server, such as Nextcloud, ownCloud or Apache.

Folders are asked for one by one (`Depth: 1`; servers refuse or break over `infinity`), in the order
of their names, so the last one's path is all that is needed to go on. Nextcloud's ids of files
stay when a file is moved, and are used where they are told.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any
from urllib.parse import quote, unquote, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from django.utils.translation import gettext_lazy

from aiapp.text.mail_dates import read_mail_date
from documents.sources.base import Checkpoint, Config, End, Item, Kind, Listed, Writable
from documents.sources.elements import read_elements
from documents.sources.errors import SourceMisset, SourceUnavailable
from documents.sources.http import Client
from documents.sources.kinds.addresses import check_web_address

MAX_DEPTH = 64
_PROPERTIES = b"""<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop>
<d:resourcetype/><d:getcontentlength/><d:getlastmodified/><d:getetag/><oc:fileid/>
</d:prop></d:propfind>"""
_DAV, _OWNCLOUD = "{DAV:}", "{http://owncloud.org/ns}"
# In a path's part as it stands in an address.
_SAFE = "!$&'()*+,;=:@-._~"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder, as its folder tells of it."""

    name: str
    is_folder: bool
    etag: str
    size: int | None
    modified: datetime | None
    file_id: str


class WebDav:
    def __init__(self, config: Config) -> None:
        parts = urlsplit(config.address)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._root = [unquote(part) for part in parts.path.split("/") if part]
        headers = {"Authorization": _authorize(config)} if config.username else {}
        self._client = Client(config, headers)

    def list_items(self, position: Any, cursor: Any) -> Iterator[Listed]:
        yield from self._walk((), position)
        yield End()

    def fetch(self, item: Item, file: Writable) -> None:
        self._client.download(self._compose_url(item.path.split("/")), file)

    def close(self) -> None:
        self._client.close()

    def _walk(self, folder: tuple[str, ...], after: Sequence[str] | None) -> Iterator[Listed]:
        """List a folder and those below it, behind the one at `after` if that is given."""
        if len(folder) > MAX_DEPTH:
            raise SourceMisset("The folders are nested too deeply.")
        folders: list[str] = []
        for entry in self._read_folder(folder):
            if entry.is_folder:
                folders.append(entry.name)
            elif after is None:
                yield self._describe((*folder, entry.name), entry)
        if after is None:
            yield Checkpoint(list(folder))
        first, rest = (after[0], after[1:]) if after else ("", None)
        for name in sorted(folders):
            if name >= first:
                yield from self._walk((*folder, name), rest if name == first else None)

    def _read_folder(self, folder: tuple[str, ...]) -> Iterator[Entry]:
        url = self._compose_url(folder) + "/"
        headers = {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"}
        asked = {"headers": headers, "body": _PROPERTIES}
        with self._client.spool(url, "PROPFIND", **asked) as file:
            yield from _parse(file, [*self._root, *folder])

    def _compose_url(self, parts: Sequence[str]) -> str:
        return "/".join([self._origin, *(quote(part, _SAFE) for part in [*self._root, *parts])])

    def _describe(self, parts: tuple[str, ...], entry: Entry) -> Item:
        path = "/".join(parts)
        link = f"{self._origin}/f/{entry.file_id}" if entry.file_id else self._compose_url(parts)
        return Item(
            key=f"id:{entry.file_id}" if entry.file_id else f"path:{path}",
            path=path,
            etag=entry.etag,
            size=entry.size,
            modified=entry.modified,
            link=link,
            metadata={"path": path},
        )


def _authorize(config: Config) -> str:
    pair = f"{config.username}:{config.credential}".encode()
    return f"Basic {b64encode(pair).decode()}"


def _parse(file: IO[bytes], folder: list[str]) -> Iterator[Entry]:
    """Yield what is in a folder, response by response. Raises SourceUnavailable."""
    count = 0
    try:
        for element in read_elements(file):
            if element.tag != f"{_DAV}response":
                continue
            count += 1
            if entry := _read_response(element, folder):
                yield entry
            element.clear()
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise SourceUnavailable("The server's answer is not that of a WebDAV server.") from error
    if not count:
        # Each folder is told with itself, so this is something else.
        raise SourceUnavailable("The server's answer is not that of a WebDAV server.")


def _read_response(response: Element, folder: list[str]) -> Entry | None:
    href = (response.findtext(f"{_DAV}href") or "").strip()
    # Some servers name the whole address, some encode what they should and some do not.
    path = urlsplit(href).path if href.startswith(("http://", "https://")) else href
    parts = [unquote(part) for part in path.split("/") if part]
    if len(parts) != len(folder) + 1 or parts[:-1] != folder or parts[-1] in {".", ".."}:
        return None
    found: dict[str, Element] = {}
    for told in response.iterfind(f"{_DAV}propstat"):
        if " 200" in (told.findtext(f"{_DAV}status") or " 200"):
            found |= {each.tag: each for each in told.iterfind(f"{_DAV}prop/*")}
    kind = found.get(f"{_DAV}resourcetype")
    return Entry(
        name=parts[-1],
        is_folder=kind is not None and kind.find(f"{_DAV}collection") is not None,
        etag=_text(found, f"{_DAV}getetag").removeprefix("W/").strip('"'),
        size=_read_number(_text(found, f"{_DAV}getcontentlength")),
        modified=read_mail_date(_text(found, f"{_DAV}getlastmodified")),
        file_id=_text(found, f"{_OWNCLOUD}fileid"),
    )


def _text(found: dict[str, Element], name: str) -> str:
    element = found.get(name)
    return (element.text or "").strip() if element is not None else ""


def _read_number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < len(str(2**63)) else None


def check(config: Config) -> None:
    """Raises ValidationError."""
    check_web_address(config.address)


KIND = Kind(
    name="webdav",
    title=gettext_lazy("WebDAV or Nextcloud"),
    hint=gettext_lazy("A folder of Nextcloud, ownCloud or another WebDAV server."),
    open=WebDav,
    check=check,
    address_label=gettext_lazy("Address of the folder"),
    address_hint=gettext_lazy(
        "For Nextcloud: https://cloud.example.org/remote.php/dav/files/USER/Folder, with an app"
        " password."
    ),
    username_label=gettext_lazy("User name"),
    credential_label=gettext_lazy("Password"),
)
