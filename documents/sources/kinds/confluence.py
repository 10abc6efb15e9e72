"""The pages of a Confluence space, in the cloud or on a server, as its API renders them."""

from base64 import b64encode
from collections.abc import Iterator
from html import escape
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from django.utils.translation import gettext_lazy

from documents.sources.base import Checkpoint, Config, End, Item, Kind, Listed, Option, Writable
from documents.sources.errors import ItemError, ItemGone, SourceUnavailable
from documents.sources.http import Client
from documents.sources.kinds.addresses import check_web_address
from documents.sources.kinds.dates import read_date

PAGE = 100
MAX_TITLE_CHARS = 150


class Space:
    def __init__(self, config: Config) -> None:
        self._base = config.address.rstrip("/")
        self._space = str(config.options.get("space") or "")
        self._client = Client(config, {"Authorization": _authorize(config)})

    def list_items(self, position: Any, cursor: Any) -> Iterator[Listed]:
        space = self._space.replace('"', "")
        pages = f'space = "{space}" and type = page order by id'
        url = position or self._compose_search(pages, "version,ancestors")
        while True:
            page = self._read(url)
            for found in page.get("results", ()):
                yield self._describe(found)
            following = (page.get("_links") or {}).get("next")
            if not following:
                yield End()
                return
            # Relative to the address of the wiki, not to that of the request.
            url = following if "://" in following else self._base + "/" + following.lstrip("/")
            yield Checkpoint(url)

    def fetch(self, item: Item, file: Writable) -> None:
        url = self._compose_search(f"id = {int(item.key)}", "body.export_view")
        found = self._client.read_json(url).get("results") or ()
        if not found:
            raise ItemGone
        try:
            body = str(found[0]["body"]["export_view"]["value"])
            title = escape(str(found[0]["title"]))
        except (KeyError, TypeError) as error:
            raise ItemError("The page came without a text.") from error
        page = f"<!doctype html><meta charset=utf-8><title>{title}</title>{body}"
        file.write(page.encode())

    def close(self) -> None:
        self._client.close()

    def _compose_search(self, query: str, expand: str) -> str:
        """Return the address of a search, which clouds and servers of all ages know."""
        asked = urlencode({"cql": query, "limit": PAGE, "expand": expand})
        return f"{self._base}/rest/api/content/search?{asked}"

    def _read(self, url: str) -> Any:
        if urlsplit(url)[:2] != urlsplit(self._base)[:2]:
            # Its answers say where to go on, and the credential goes along.
            raise SourceUnavailable("The source leads to another server.")
        return self._client.read_json(url)

    def _describe(self, found: Any) -> Item:
        version = found.get("version") or {}
        titles = [str(each.get("title", "")) for each in found.get("ancestors") or ()]
        parts = [_clean(title) for title in (*titles, str(found.get("title", "")))]
        link = str((found.get("_links") or {}).get("webui") or "")
        return Item(
            key=str(found["id"]),
            path="/".join(parts) + ".html",
            etag=f"{version.get('number')}-{version.get('when')}",
            modified=read_date(version.get("when")),
            link=urljoin(self._base + "/", link.lstrip("/")) if link else "",
            metadata={
                "space": self._space,
                "author": str((version.get("by") or {}).get("displayName", ""))[:200],
            },
        )


def _authorize(config: Config) -> str:
    """Return an account's API token for the cloud, or a personal one of a server."""
    if not config.username:
        return f"Bearer {config.credential}"
    return f"Basic {b64encode(f'{config.username}:{config.credential}'.encode()).decode()}"


def _clean(title: str) -> str:
    return title.replace("/", "_").strip()[:MAX_TITLE_CHARS] or "_"


def check(config: Config) -> None:
    """Raises ValidationError."""
    check_web_address(config.address)


KIND = Kind(
    name="confluence",
    title=gettext_lazy("Confluence"),
    hint=gettext_lazy("The pages of a space. Attachments are left out."),
    open=Space,
    check=check,
    address_label=gettext_lazy("Address of the wiki"),
    address_hint=gettext_lazy("As in https://example.atlassian.net/wiki."),
    username_label=gettext_lazy("E-mail address (empty for a server’s personal token)"),
    credential_label=gettext_lazy("API token"),
    options=(Option(name="space", label=gettext_lazy("Key of the space"), is_required=True),),
    compares_text=True,
)
