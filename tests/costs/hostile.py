"""Inputs that have held up a whole site, or could: each with what sends it to a real one.

One server plays two parts for the site: the model's vendor, which says what an input wants it to
say, and a stranger's web page.
"""

import io
import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import openpyxl
from aiohttp import web

from tests.processes import site, web_server

ADDRESS = "127.0.0.6"
CHAT = "/v1/chat/completions"
PAGE = "/page"
# What the vendor is asked with when it is to call `fetch_page`.
READ = "Read the page"
_STREAM = re.compile(r'data-stream="([^"]+)"')
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Outside:
    """The vendor and the page. `answer` is what the model says next."""

    server: web_server.WebServer
    answer: str = "Yes."
    page: str = ""

    async def chat(self, request: web.Request) -> web.StreamResponse:
        messages = (await request.json())["messages"]
        asks_for_page = READ in str(messages[-1]["content"])
        delta: dict[str, Any] = {"content": self.answer}
        if asks_for_page:
            arguments = json.dumps({"url": self.server.url(PAGE)})
            function = {"name": "fetch_page", "arguments": arguments}
            delta = {"tool_calls": [{"index": 0, "id": "c", "function": function}]}
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        reason = "tool_calls" if asks_for_page else "stop"
        choices: list[dict[str, Any]] = [
            {"index": 0, "delta": delta},
            {"index": 0, "delta": {}, "finish_reason": reason},
        ]
        for choice in choices:
            await response.write(b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n")
        await response.write(b"data: [DONE]\n\n")
        return response

    async def show(self, _: web.Request) -> web.Response:
        return web.Response(text=self.page, content_type="text/html")


@contextmanager
def outside() -> Iterator[Outside]:
    with web_server.running(ADDRESS) as server:
        playing = Outside(server)
        server.pages[CHAT] = playing.chat
        server.pages[PAGE] = playing.show
        yield playing


def variables(outside: Outside, folder: Path) -> dict[str, str]:
    """The environment of a site that asks this vendor and may fetch this page."""
    models = folder / "models.toml"
    models.write_text("[worker]\ntools = true\n", encoding="utf-8")
    return {
        "OPENAI_BASE_URL": outside.server.url("/v1"),
        "OPENAI_API_KEY": "key",
        "CHAT_MODEL": "worker",
        "MODELS_FILE": str(models),
        "FETCH_PAGES": "true",
        "FETCH_PORTS": str(outside.server.port),
        "FETCH_PRIVATE_NETWORKS": f"{ADDRESS}/32",
        "ASK_RATE": "1000/m",
    }


@dataclass
class Attacker:
    """Somebody with an account: a browser that is signed in, and a program with a token."""

    outside: Outside
    url: str
    browser: httpx2.Client
    program: httpx2.Client

    def ask(self, question: str, answer: str = "Yes.", tools: tuple[str, ...] = ()) -> str:
        """Ask on the page and follow the answer there to its end; the events that came."""
        self.outside.answer = answer
        home = self.browser.get("/chat/").text
        # The answer to a question that was asked before would be a kept one.
        asked = f"{question} {uuid4().hex[:8]}"
        form: dict[str, Any] = {"content": asked, "csrfmiddlewaretoken": _extract(_TOKEN, home)}
        if tools:
            form["tools"] = ["chosen", *tools]
        headers = {"Referer": self.url, "X-Requested-With": "fetch"}
        page = self.browser.post("/chat/ask/", data=form, headers=headers)
        page.raise_for_status()
        return self.browser.get(_extract(_STREAM, page.text)).text

    def read_page(self, html: str) -> str:
        self.outside.page = html
        return self.ask(READ, tools=("fetch_page",))


def attacker(site: "site.Site", program: "site.Program", outside: Outside) -> Attacker:
    api = site.client(program, "mallory")
    browser = httpx2.Client(base_url=program.url, timeout=120, follow_redirects=True)
    site.clients.append(browser)
    form = browser.get("/accounts/login/").text
    account = {"username": "mallory", "password": _password()}
    token = {"csrfmiddlewaretoken": _extract(_TOKEN, form)}
    headers = {"Referer": program.url}
    browser.post("/accounts/login/", data=account | token, headers=headers).raise_for_status()
    api.timeout = 120
    return Attacker(outside, program.url, browser, api)


def _password() -> str:
    return site.PASSWORD


def _extract(pattern: re.Pattern[str], html: str) -> str:
    match = pattern.search(html)
    assert match, html[:2000]
    return match[1]


def _code(language: str, body: str) -> Callable[[Attacker], object]:
    return lambda who: who.ask("Show me", f"So:\n\n```{language}\n{body}\n```\n\nDone.")


def _answer(text: str) -> Callable[[Attacker], object]:
    return lambda who: who.ask("Go on", text)


def _question(text: str) -> Callable[[Attacker], object]:
    return lambda who: who.ask(text)


def _page(html: str) -> Callable[[Attacker], object]:
    return lambda who: who.read_page(html)


def _open_chat(who: Attacker) -> None:
    """A chat whose answer is long, opened as a page."""
    who.ask("Once more", "> > >\na\n" * 4_000)
    chats = who.program.get("/api/conversations").json()["items"]
    who.browser.get(f"/chat/{chats[0]['id']}/").raise_for_status()


def _embed(who: Attacker) -> None:
    body = {"model": "text-embedding-3-small", "input": ["a word"] * 20_000}
    who.program.post("/v1/embeddings", json=body)


def _send_head(who: Attacker) -> None:
    """Of one header, 64 MB, and never its end."""
    address = urlsplit(who.url)
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        try:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
            for _ in range(1024):
                connection.sendall(b"a" * 65_536)
        except OSError:
            return


def _upload_sheet(who: Attacker) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.cell(1, 16_384, "far")
    sheet.cell(200_000, 1, "deep")
    file = io.BytesIO()
    book.save(file)
    files = {"file": ("wide.xlsx", file.getvalue(), "application/octet-stream")}
    who.program.post("/api/documents", files=files)


def _send_form(who: Attacker) -> None:
    """As much of a form's escapes as a file may have bytes, in place of a file."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    who.program.post("/api/documents", content=b"file=" + b"%41" * 30_000_000, headers=headers)


def _upload_large_file(who: Attacker) -> None:
    """Written in base64, which nobody sends today and the parser of forms undoes."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
    body = head + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"AAA " * 24_000_000
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    who.program.post("/api/documents", content=body + b"\r\n--x--\r\n", headers=headers)


INPUTS: dict[str, Callable[[Attacker], object]] = {
    "line breaks in c": _code("c", "\n" * 4_500),
    "line breaks in java": _code("java", "a\n" * 4_500),
    "backslashes in scala": _code("scala", '"' + "\\" * 60),
    "blanks in markdown": _code("markdown", " \n" * 8_000),
    "many blocks of code": _answer("```cpp\n" + "\n" * 900 + "```\n" * 8),
    "quotes in quotes": _answer("> > >\na\n" * 2_000),
    "quotes with headings": _answer("> # a\nb\n" * 2_000),
    "tiny tables": _answer("a|b\n-|-\n1|2\n\n" * 4_000),
    "brackets": _answer("[a]([" * 12_000),
    "a long chat that is opened": _open_chat,
    "a page of tags that do not end": _page("<a " * 17_000),
    "a page of comments": _page("<!--" * 12_000),
    "elements in elements": _page("<div>" * 20_000),
    "a question of é": _question("é" * 40_000),
    "a question of Hangul": _question("가" * 40_000),
    "a question of digits": _question("1" * 40_000),
    "an answer without sentences": _answer("a. " * 5_400),
    "a head that does not end": _send_head,
    "20,000 embeddings": _embed,
    "a wide sheet": _upload_sheet,
    "a form in place of a file": _send_form,
    "a file in base64": _upload_large_file,
}
