"""Microsoft Graph, as far as a drive's delta takes, with pages of two items."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from documents.tests.source_servers import Place, place
from documents.tests.source_servers.wsgi import Request, Vendor, serving

SECRET = "client-secret-5"
DELTA = "/v1.0/drives/b!1/root/delta"


class Graph:
    """Every change is an entry of a log; a delta link is a place in it."""

    def __init__(self) -> None:
        self.url = ""
        self.items: dict[str, dict[str, Any]] = {}
        self.texts: dict[str, str] = {}
        self.log: list[str] = []
        self.secret = SECRET
        self.forgotten = False
        self.count = 0

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.path == "/tenant-1/oauth2/v2.0/token":
            return self._sign_in(request)
        if request.path.startswith("/download/"):
            # The place that Graph redirects to is signed by itself, and wants no token.
            assert not request.token
            return 200, self.texts[request.path[10:]].encode()
        if request.token != "Bearer token" or self.secret != SECRET:
            return 401, {"error": {"code": "InvalidAuthenticationToken"}}
        if request.path == DELTA:
            return self._delta(request)
        key = request.path.split("/")[5]
        if key not in self.texts:
            return 404, {"error": {"code": "itemNotFound"}}
        # By another name, so that it is another server.
        return 302, f"{self.url.replace('127.0.0.1', 'localhost')}/download/{key}"

    def _sign_in(self, request: Request) -> tuple[int, Any]:
        if request.form["client_secret"] != self.secret:
            return 401, {"error": "invalid_client", "error_description": "AADSTS7000215"}
        return 200, {"access_token": "token", "expires_in": 3599, "token_type": "Bearer"}

    def _delta(self, request: Request) -> tuple[int, Any]:
        token = request.query.get("token", "all:0")
        kind, _, at = token.partition(":")
        if kind == "since" and self.forgotten:
            self.forgotten = False
            return 410, {"error": {"code": "resyncRequired"}}
        if kind == "all":
            listed = [self._show(key) for key in sorted(self.items)]
            listed = [{"id": "root", "name": "root", "root": {}, "folder": {}}, *listed]
        else:
            since = int(at.split(".")[0])
            listed = [self._show(key) for key in dict.fromkeys(self.log[since:])]
        first = int(at.split(".")[1]) if "." in at else 0
        page: dict[str, Any] = {"value": listed[first : first + 2]}
        base = f"{self.url}{DELTA}?token="
        if first + 2 < len(listed):
            page["@odata.nextLink"] = f"{base}{kind}:{at.split('.')[0]}.{first + 2}"
        else:
            page["@odata.deltaLink"] = f"{base}since:{len(self.log)}"
        return 200, page

    def _show(self, key: str) -> dict[str, Any]:
        return self.items.get(key) or {"id": key, "deleted": {"state": "deleted"}}

    def find(self, path: str) -> str | None:
        return next((key for key, each in self.items.items() if each["_path"] == path), None)

    def write(self, path: str, text: str) -> None:
        key = self.find(path)
        if key is None:
            self.count += 1
            key = f"item-{self.count:03}"
        self.texts[key] = text
        self._place(key, path)
        self.items[key]["cTag"] = f"c:{hash(text)}"
        self.items[key]["size"] = len(text.encode())

    def _place(self, key: str, path: str) -> None:
        folder, _, name = path.rpartition("/")
        self.items[key] = {
            **self.items.get(key, {}),
            "id": key,
            "_path": path,
            "name": name,
            "file": {"mimeType": "text/markdown"},
            "parentReference": {"path": f"/drives/b!1/root:/{quote(folder)}".rstrip("/")},
            "lastModifiedDateTime": "2026-05-04T10:00:00Z",
            "webUrl": f"https://example.sharepoint.com/{quote(path)}",
        }
        self.log.append(key)

    def remove(self, path: str) -> None:
        key = self.find(path)
        assert key is not None
        del self.items[key], self.texts[key]
        self.log.append(key)

    def move(self, path: str, to: str) -> None:
        key = self.find(path)
        assert key is not None
        self._place(key, to)


@place("sharepoint")
def make_library(path: Path) -> Iterator[Place]:
    graph = Graph()

    def refuse(refused: bool) -> None:
        graph.secret = "another" if refused else SECRET

    vendor = Vendor(graph.answer)
    with serving(vendor) as url:
        graph.url = url
        options = {"tenant": "tenant-1", "drive": "drives/b!1", "folder": "", "login": url}
        fields = {
            "address": f"{url}/v1.0",
            "username": "application-1",
            "credential": SECRET,
            "options": options,
        }
        yield Place(
            "sharepoint",
            fields,
            graph.write,
            graph.remove,
            graph.move,
            refuse,
            vendor=vendor,
            server=graph,
        )
