"""Search engines as servers: SearXNG's, Brave's and Tavily's HTTP, with their faults.

What each answers was taken from its documentation and its own error messages. Pages that they find
are served beside them.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

KEY = "search-key-1"
PAGE = """<html><head><title>Harbour news</title></head><body><nav>Menu</nav>
<h1>The harbour</h1><p>{filler}</p>
<p>The new lighthouse of Port Elling was switched on in May 2026 and is 41 metres high.</p>
<p>{filler}</p></body></html>"""
FILLER = "The town council met and spoke of roads, bins and the weather of the season. " * 30


class Engines:
    """`fault` is what the next searches meet; `asked` what was sent."""

    def __init__(self) -> None:
        self.fault = ""
        self.asked: list[tuple[str, str]] = []
        self.fetched: list[str] = []
        self.root = ""
        self.pages = ["/pages/harbour", "/pages/gone", "/pages/list.txt"]

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/search", self.searxng)
        app.router.add_get("/res/v1/web/search", self.brave)
        app.router.add_post("/tavily", self.tavily)
        app.router.add_get("/pages/{name}", self.page)
        return app

    def hits(self) -> list[dict[str, Any]]:
        if self.fault == "empty":
            return []
        return [
            {"url": f"{self.root}{path}", "title": f"Page {n}", "content": f"Snippet {n}"}
            for n, path in enumerate(self.pages, 1)
        ]

    async def searxng(self, request: web.Request) -> web.Response:
        self.asked.append(("searxng", request.query.get("q", "")))
        if request.query.get("format") != "json" or self.fault == "no json":
            text = "<!doctype html><title>403 Forbidden</title><h1>Forbidden</h1>"
            return web.Response(text=text, status=403, content_type="text/html")
        if self.fault == "limited":
            return web.Response(text="Too Many Requests", status=429)
        if self.fault == "broken":
            return web.Response(text="upstream", status=502)
        if self.fault == "page":
            return web.Response(text="<html>A login page</html>", content_type="text/html")
        return web.json_response(
            {
                "query": request.query["q"],
                "number_of_results": 0,
                "results": [
                    hit | {"engine": "bing", "score": 1.0, "category": "general"}
                    for hit in self.hits()
                ],
                "answers": [],
                "infoboxes": [],
                "suggestions": [],
                "unresponsive_engines": [["google", "CAPTCHA"]],
            }
        )

    async def brave(self, request: web.Request) -> web.Response:
        self.asked.append(("brave", request.query.get("q", "")))
        if request.headers.get("X-Subscription-Token") != KEY:
            return _brave_error(422, "SUBSCRIPTION_TOKEN_INVALID")
        if len(request.query["q"]) > 400:
            return _brave_error(422, "VALIDATION")
        if self.fault == "limited":
            return _brave_error(429, "RATE_LIMITED")
        if self.fault == "used up":
            return _brave_error(429, "QUOTA_LIMITED")
        body: dict[str, Any] = {"type": "search", "query": {"original": request.query["q"]}}
        if hits := self.hits():
            results = [
                {
                    "title": hit["title"],
                    "url": hit["url"],
                    "description": f"<strong>{hit['content']}</strong> &amp; more",
                }
                for hit in hits
            ]
            body["web"] = {"type": "search", "results": results}
        return web.json_response(body)

    async def tavily(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(("tavily", body["query"]))
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return _tavily_error(401, "Unauthorized: missing or invalid API key.")
        if self.fault == "limited":
            return _tavily_error(429, "Your request has been blocked due to excessive requests.")
        if self.fault == "used up":
            return _tavily_error(432, "This request exceeds your plan's set usage limit.")
        return web.json_response(
            {
                "query": body["query"],
                "answer": None,
                "images": [],
                "results": [hit | {"score": 0.9, "raw_content": None} for hit in self.hits()],
                "response_time": 0.5,
            }
        )

    async def page(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.fetched.append(name)
        if name == "gone":
            return web.Response(status=404)
        if name.endswith(".txt"):
            return web.Response(text="A list about the lighthouse and its keeper, Ada Marsh.")
        return web.Response(text=PAGE.format(filler=FILLER), content_type="text/html")


def _brave_error(status: int, code: str) -> web.Response:
    error = {"id": "1", "status": status, "code": code, "detail": code.lower(), "meta": {}}
    return web.json_response({"type": "ErrorResponse", "error": error}, status=status)


def _tavily_error(status: int, text: str) -> web.Response:
    return web.json_response({"detail": {"error": text}}, status=status)


@asynccontextmanager
async def run_engines(settings: Any, name: str = "searxng") -> AsyncIterator[Engines]:
    """The site searches with this engine from now on, and may fetch the pages that it finds."""
    engines = Engines()
    async with TestServer(engines.app()) as server:
        engines.root = str(server.make_url("")).rstrip("/")
        paths = {"searxng": "", "brave": "/res/v1/web/search", "tavily": "/tavily"}
        settings.WEB_SEARCH = name
        settings.WEB_SEARCH_URL = engines.root + paths[name]
        settings.WEB_SEARCH_KEY = "" if name == "searxng" else KEY
        settings.FETCH_PORTS = [str(server.port)]
        settings.FETCH_PRIVATE_NETWORKS = [ip_network("127.0.0.0/8")]
        yield engines
