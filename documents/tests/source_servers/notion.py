"""Notion's API, as far as reading pages takes, with two results at once."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from documents.tests.source_servers import Place, place
from documents.tests.source_servers.wsgi import Request, Vendor, serving

TOKEN = "ntn_secret_token_1"
# By the minute, and long ago.
EDITED = "2026-05-04T10:{minute:02}:00.000Z"


def write_text(text: str) -> list[dict[str, str]]:
    return [{"type": "text", "plain_text": text}]


class Workspace:
    def __init__(self) -> None:
        self.pages: dict[str, dict[str, Any]] = {}
        self.texts: dict[str, str] = {}
        self.token = TOKEN

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.token != f"Bearer {self.token}":
            return 401, {"object": "error", "code": "unauthorized"}
        if request.path == "/v1/search":
            asked = json.loads(request.body)
            assert asked["filter"] == {"property": "object", "value": "page"}
            return self._page(list(self.pages.values()), asked.get("start_cursor"))
        key = request.path.split("/")[3]
        if key.startswith("toggle-"):
            return self._page([self._paragraph(self.texts[key.removeprefix("toggle-")])], None)
        if key not in self.pages:
            return 404, {"object": "error", "code": "object_not_found"}
        toggle = {
            "id": f"toggle-{key}",
            "type": "toggle",
            "has_children": True,
            "toggle": {"rich_text": write_text("More")},
        }
        return self._page([toggle], None)

    def _paragraph(self, text: str) -> dict[str, Any]:
        told = {"rich_text": write_text(text)}
        return {"id": "p", "type": "paragraph", "has_children": False, "paragraph": told}

    def _page(self, found: list[Any], cursor: str | None) -> tuple[int, Any]:
        at = int(cursor or 0)
        has_more = at + 2 < len(found)
        following = str(at + 2) if has_more else None
        return 200, {
            "object": "list",
            "results": found[at : at + 2],
            "has_more": has_more,
            "next_cursor": following,
        }

    def write(self, path: str, text: str) -> None:
        key = self.find(path) or f"page-{len(self.pages)}"
        minute = self.pages.get(key, {}).get("_minute", 0) + 1
        title = {"type": "title", "title": write_text(path)}
        self.pages[key] = {
            "object": "page",
            "id": key,
            "_path": path,
            "_minute": minute,
            "archived": False,
            "in_trash": False,
            "last_edited_time": EDITED.format(minute=minute),
            "properties": {"Name": title},
            "url": f"https://www.notion.so/{key}",
        }
        self.texts[key] = text

    def find(self, path: str) -> str | None:
        return next((key for key, each in self.pages.items() if each["_path"] == path), None)

    def remove(self, path: str) -> None:
        key = self.find(path)
        assert key is not None
        self.pages[key]["in_trash"] = True

    def move(self, path: str, to: str) -> None:
        key = self.find(path)
        assert key is not None
        self.pages[key]["_path"] = to
        self.pages[key]["properties"]["Name"]["title"] = write_text(to)


@place("notion")
def make_workspace(path: Path) -> Iterator[Place]:
    workspace = Workspace()

    def refuse(refused: bool) -> None:
        workspace.token = "another" if refused else TOKEN

    vendor = Vendor(workspace.answer)
    with serving(vendor) as url:
        yield Place(
            "notion",
            {"address": url, "credential": TOKEN},
            workspace.write,
            workspace.remove,
            workspace.move,
            refuse,
            name=lambda each: f"{each.replace('/', '_')}.md",
            vendor=vendor,
        )
