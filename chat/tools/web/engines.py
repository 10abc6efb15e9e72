"""Search engines by their HTTP APIs: what each is asked, and how it answers.

An engine is one function that makes the request and one that reads the answer; what goes wrong
becomes a sentence that says whose turn it is.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
from django.conf import settings

from aiapp.concurrency.late import LateModule
from aiapp.errors import AppError, TooManyRequests, Unavailable
from aiapp.http.json_bodies import is_too_deep
from aiapp.text.entities import unescape

if TYPE_CHECKING:
    import aiohttp
else:
    aiohttp = LateModule("aiohttp")

MAX_BYTES = 2 * 1024 * 1024
SECONDS = 10.0
MAX_TITLE_CHARS, MAX_SNIPPET_CHARS, MAX_URL_CHARS = 300, 1_500, 2_000
# Brave refuses longer ones.
MAX_QUERY_CHARS, MAX_QUERY_WORDS = 400, 50
_TAG = re.compile(r"<[^<>]{0,200}>")
_OK = 200
_REFUSED = {401, 403}
_TOO_MANY = 429

NO_KEY = "The search engine refused its key. The administrator has to check WEB_SEARCH_KEY."
USED_UP = "The plan of the search engine is used up. The administrator has to renew it."
TOO_OFTEN = "The search engine was asked too often. Try again in a minute, or answer without it."
AWAY = "The search engine is not responding. Answer without it, or try again later."
NO_JSON = (
    "SearXNG does not answer in JSON. The administrator has to add json to search.formats in its"
    " settings.yml."
)
STRANGE = "The search engine answered in a form that is not known. The administrator has to check"
STRANGE += " WEB_SEARCH and WEB_SEARCH_URL."


@dataclass(frozen=True, slots=True)
class Hit:
    """A page that an engine has found, with what it shows of it."""

    url: str
    title: str
    snippet: str


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    url: str
    params: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    json: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine. `url` is where its vendor has it; `explain` knows its own errors."""

    url: str
    needs_key: bool
    build: Callable[[str, int], Request]
    read: Callable[[Any], Iterable[tuple[Any, Any, Any]]]
    explain: Callable[[int, Any], AppError | None]


def _ask_searxng(query: str, count: int) -> Request:
    headers = {"Authorization": f"Bearer {settings.WEB_SEARCH_KEY}"}
    return Request(
        "GET",
        f"{_find_url().rstrip('/')}/search",
        {"q": query, "format": "json"},
        headers if settings.WEB_SEARCH_KEY else {},
    )


def _read_searxng(data: Any) -> Iterable[tuple[Any, Any, Any]]:
    return [(hit.get("url"), hit.get("title"), hit.get("content")) for hit in data["results"]]


def _explain_searxng(status: int, data: Any) -> AppError | None:
    # It refuses a format that is not set up as it refuses everything else: with 403 and a page.
    return Unavailable(NO_JSON, code="search_refused") if status in _REFUSED else None


def _ask_brave(query: str, count: int) -> Request:
    return Request(
        "GET",
        _find_url(),
        {"q": query, "count": str(count), "text_decorations": "false", "result_filter": "web"},
        {"X-Subscription-Token": settings.WEB_SEARCH_KEY},
    )


def _read_brave(data: Any) -> Iterable[tuple[Any, Any, Any]]:
    # Without a hit there is no "web" at all.
    hits = (data.get("web") or {}).get("results") or []
    return [(hit.get("url"), hit.get("title"), hit.get("description")) for hit in hits]


def _explain_brave(status: int, data: Any) -> AppError | None:
    error = data.get("error") if isinstance(data, dict) else None
    code = str(error.get("code", "")) if isinstance(error, dict) else ""
    # A wrong key is an invalid request to it, with 422.
    if "SUBSCRIPTION_TOKEN" in code:
        return Unavailable(NO_KEY, code="search_refused")
    if code == "QUOTA_LIMITED" or status == _PAYMENT:
        return Unavailable(USED_UP, code="search_used_up")
    return None


def _ask_tavily(query: str, count: int) -> Request:
    return Request(
        "POST",
        _find_url(),
        headers={"Authorization": f"Bearer {settings.WEB_SEARCH_KEY}"},
        json={"query": query, "max_results": count},
    )


def _explain_tavily(status: int, data: Any) -> AppError | None:
    # 432 is the plan's limit, 433 that of paying as one goes.
    return Unavailable(USED_UP, code="search_used_up") if status in {432, 433} else None


_PAYMENT = 402
ENGINES = {
    "searxng": Engine("", False, _ask_searxng, _read_searxng, _explain_searxng),
    "brave": Engine(
        "https://api.search.brave.com/res/v1/web/search",
        True,
        _ask_brave,
        _read_brave,
        _explain_brave,
    ),
    "tavily": Engine(
        "https://api.tavily.com/search", True, _ask_tavily, _read_searxng, _explain_tavily
    ),
}


def is_configured() -> bool:
    engine = ENGINES.get(settings.WEB_SEARCH)
    if engine is None:
        return False
    return bool(settings.WEB_SEARCH_KEY if engine.needs_key else _find_url())


def _find_url() -> str:
    return settings.WEB_SEARCH_URL or ENGINES[settings.WEB_SEARCH].url


async def find_pages(query: str, count: int) -> list[Hit]:
    """Return the pages that the site's engine finds. Raises Unavailable or TooManyRequests.

    The engine's address is the operator's, and may be inside.
    """
    engine = ENGINES[settings.WEB_SEARCH]
    words = " ".join(query.split()[:MAX_QUERY_WORDS])[:MAX_QUERY_CHARS]
    try:
        status, body = await _send(engine.build(words, count))
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise Unavailable(AWAY) from error
    data = _parse(body)
    if status != _OK:
        raise engine.explain(status, data) or _explain(status)
    try:
        found = engine.read(data)
        hits = [build_hit(*each) for each in found]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Unavailable(STRANGE, code="search_strange") from error
    return list({hit.url: hit for hit in hits if hit}.values())[:count]


async def _send(request: Request) -> tuple[int, bytes]:
    async with (
        aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=SECONDS),
            headers={"Accept": "application/json", "User-Agent": "aiapp"},
        ) as session,
        session.request(
            request.method,
            request.url,
            params=request.params,
            headers=request.headers,
            json=request.json,
            allow_redirects=False,
        ) as response,
    ):
        body = b""
        async for block in response.content.iter_chunked(64 * 1024):
            body += block
            if len(body) > MAX_BYTES:
                raise ValueError("The answer is too long.")
        return response.status, body


def _parse(body: bytes) -> Any:
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return None if is_too_deep(data) else data


def _explain(status: int) -> AppError:
    if status in _REFUSED:
        return Unavailable(NO_KEY, code="search_refused")
    if status == _TOO_MANY:
        return TooManyRequests(TOO_OFTEN)
    return Unavailable(f"The search engine answered with status {status}. Answer without it.")


def build_hit(url: Any, title: Any, snippet: Any) -> Hit | None:
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        return None
    if len(url) > MAX_URL_CHARS or not url.isprintable() or not _has_host(url):
        return None
    return Hit(
        url,
        _clean(title)[:MAX_TITLE_CHARS] or url[:MAX_TITLE_CHARS],
        _clean(snippet)[:MAX_SNIPPET_CHARS],
    )


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _clean(text: Any) -> str:
    """Return what a page shows of itself, without the marks that some engines put around words."""
    if not isinstance(text, str):
        return ""
    return " ".join(unescape(_TAG.sub("", text[:10_000])).replace("\x00", "").split())
