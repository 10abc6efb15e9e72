"""Confluence's API, as far as the pages of a space take, with two pages at once."""

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from documents.tests.source_servers import Place, place
from documents.tests.source_servers.wsgi import Request, Vendor, behind_password, serving

TOKEN = "atlassian-token-3"


class Wiki:
    def __init__(self) -> None:
        self.pages: dict[int, dict[str, Any]] = {}

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.path != "/wiki/rest/api/content/search":
            return 404, {"statusCode": 404}
        cql = request.query["cql"]
        if cql.startswith("id = "):
            page = self.pages.get(int(cql.removeprefix("id = ")))
            return 200, {"results": [page] if page else [], "_links": {}}
        assert cql == 'space = "HAND" and type = page order by id'
        found = [self.pages[key] for key in sorted(self.pages)]
        at = int(request.query.get("cursor", "0"))
        answer: dict[str, Any] = {"results": found[at : at + 2], "_links": {}}
        if at + 2 < len(found):
            following = f"/rest/api/content/search?cql={cql}&cursor={at + 2}"
            answer["_links"]["next"] = following.replace(" ", "%20").replace('"', "%22")
        return 200, answer

    def find(self, path: str) -> int | None:
        return next((key for key, each in self.pages.items() if each["_path"] == path), None)

    def write(self, path: str, text: str) -> None:
        key = self.find(path) or 1000 + len(self.pages)
        number = self.pages.get(key, {"version": {"number": 0}})["version"]["number"] + 1
        self.pages[key] = {
            "id": str(key),
            "version": {"number": number, "when": f"2026-05-04T10:00:0{number}.000Z"},
            "body": {"export_view": {"value": f"<p>{escape(text)}</p>"}},
        }
        self._place(key, path)

    def _place(self, key: int, path: str) -> None:
        *above, title = path.split("/")
        self.pages[key] |= {
            "_path": path,
            "title": title,
            "ancestors": [{"title": each} for each in above],
            "_links": {"webui": f"/spaces/HAND/pages/{key}"},
        }

    def remove(self, path: str) -> None:
        key = self.find(path)
        assert key is not None
        del self.pages[key]

    def move(self, path: str, to: str) -> None:
        key = self.find(path)
        assert key is not None
        self._place(key, to)


@place("confluence")
def make_wiki(path: Path) -> Iterator[Place]:
    wiki = Wiki()
    people = {"anna@example.org": TOKEN}

    def refuse(refused: bool) -> None:
        people["anna@example.org"] = "another" if refused else TOKEN

    vendor = Vendor(wiki.answer)
    with serving(behind_password(vendor, people)) as url:
        fields = {
            "address": f"{url}/wiki",
            "username": "anna@example.org",
            "credential": TOKEN,
            "options": {"space": "HAND"},
        }
        yield Place(
            "confluence",
            fields,
            wiki.write,
            wiki.remove,
            wiki.move,
            refuse,
            name=lambda each: f"{each}.html",
            vendor=vendor,
        )
