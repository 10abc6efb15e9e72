"""The pages of a Notion workspace that are shared with an integration, written as Markdown.

Notion tells when a page was last edited to the minute only. One that was edited just now has no
tag, so that what happens in the rest of the minute is seen next time.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy

from documents.sources.base import Checkpoint, Config, End, Item, Kind, Listed, Writable
from documents.sources.errors import ItemGone, NotThere, SourceUnavailable
from documents.sources.http import Client
from documents.sources.kinds.dates import read_date

API, VERSION = "https://api.notion.com", "2022-06-28"
PAGE = 100
MAX_TITLE_CHARS = 150
# Of a page: how deep blocks are read within blocks, and how many.
MAX_DEPTH, MAX_BLOCKS = 12, 20_000
SETTLED = timedelta(minutes=2)
_BEFORE = {
    "heading_1": "# ",
    "heading_2": "## ",
    "heading_3": "### ",
    "bulleted_list_item": "- ",
    "numbered_list_item": "1. ",
    "toggle": "- ",
    "quote": "> ",
    "callout": "> ",
}
_PAGES = {"child_page", "child_database"}


class Workspace:
    def __init__(self, config: Config) -> None:
        self._config = config
        self._api = config.address.rstrip("/") or API
        headers = {
            "Authorization": f"Bearer {config.credential}",
            "Notion-Version": VERSION,
            "Content-Type": "application/json",
        }
        self._client = Client(config, headers)

    def list_items(self, position: Any, cursor: Any) -> Iterator[Listed]:
        start = position
        while True:
            page = self._search(start)
            for found in page.get("results", ()):
                if not found.get("archived") and not found.get("in_trash"):
                    yield _describe(found)
            start = page.get("next_cursor")
            if not page.get("has_more") or not start:
                yield End()
                return
            yield Checkpoint(start)

    def fetch(self, item: Item, file: Writable) -> None:
        count = 0
        try:
            for line in self._read_blocks(item.key, 0):
                count += 1
                if count > MAX_BLOCKS:
                    raise SourceUnavailable("The page has too many blocks.")
                file.write(f"{line}\n\n".encode())
        except NotThere as error:
            raise ItemGone from error
        if not count:
            # A page may be its title alone.
            file.write(f"{item.path.removesuffix('.md')}\n".encode())

    def close(self) -> None:
        self._client.close()

    def _search(self, start: Any) -> Any:
        asked = {
            "filter": {"property": "object", "value": "page"},
            "sort": {"timestamp": "last_edited_time", "direction": "ascending"},
            "page_size": PAGE,
            **({"start_cursor": start} if start else {}),
        }
        body = json.dumps(asked).encode()
        return self._client.read_json(f"{self._api}/v1/search", "POST", body=body)

    def _read_blocks(self, block: str, depth: int) -> Iterator[str]:
        """Yield the lines of a block's children, those of theirs indented."""
        start = ""
        while True:
            asked = f"?page_size={PAGE}" + (f"&start_cursor={start}" if start else "")
            page = self._client.read_json(f"{self._api}/v1/blocks/{block}/children{asked}")
            for found in page.get("results", ()):
                kind = str(found.get("type"))
                if line := _write_block(kind, found.get(kind) or {}):
                    yield "  " * depth + line
                if found.get("has_children") and kind not in _PAGES and depth < MAX_DEPTH:
                    yield from self._read_blocks(str(found["id"]), depth + 1)
            start = str(page.get("next_cursor") or "")
            if not page.get("has_more") or not start:
                return


def _describe(found: Mapping[str, Any]) -> Item:
    edited = read_date(found.get("last_edited_time"))
    is_settled = edited is not None and datetime.now(UTC) - edited > SETTLED
    name = _find_title(found.get("properties") or {}).replace("/", "_")[:MAX_TITLE_CHARS].strip()
    return Item(
        key=str(found["id"]),
        path=f"{name or 'Untitled'}.md",
        etag=str(found.get("last_edited_time")) if is_settled else "",
        modified=edited,
        link=str(found.get("url") or ""),
        metadata={"date": str(found.get("last_edited_time") or "")},
    )


def _find_title(properties: Mapping[str, Any]) -> str:
    for each in properties.values():
        if isinstance(each, dict) and each.get("type") == "title":
            return _write_text(each.get("title") or ())
    return ""


def _write_text(parts: Sequence[Mapping[str, Any]]) -> str:
    return "".join(str(part.get("plain_text", "")) for part in parts)


def _write_block(kind: str, told: Mapping[str, Any]) -> str:
    if kind == "table_row":
        cells = [_write_text(cell).replace("|", "/") for cell in told.get("cells") or ()]
        return f"| {' | '.join(cells)} |"
    if kind == "to_do":
        return (
            f"- [{'x' if told.get('checked') else ' '}] {_write_text(told.get('rich_text') or ())}"
        )
    if kind == "code":
        return f"```\n{_write_text(told.get('rich_text') or ())}\n```"
    if kind == "equation":
        return str(told.get("expression", ""))
    text = _write_text(told.get("rich_text") or told.get("caption") or ())
    return _BEFORE.get(kind, "") + text if text else ""


KIND = Kind(
    name="notion",
    title=gettext_lazy("Notion"),
    hint=gettext_lazy("The pages that are shared with an integration."),
    open=Workspace,
    address_label=gettext_lazy("Address of the API"),
    address_hint=gettext_lazy("Empty for Notion’s."),
    is_address_required=False,
    credential_label=gettext_lazy("Token of the integration"),
)
