"""WSGI applications on ports of their own, and the password that some ask for."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl

from cheroot import wsgi

Application = Callable[..., Any]


@contextmanager
def serving(application: Application, host: str = "127.0.0.1") -> Iterator[str]:
    """Serve a WSGI application on a port of its own, and give its address."""
    server = wsgi.Server((host, 0), application, numthreads=4)
    # How often it looks whether it is to end; the default is twice a second.
    server.expiration_interval = 0.02
    server.prepare()
    thread = Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join()


def behind_password(application: Application, people: dict[str, str]) -> Application:
    """Ask for a name and password first, as they are at the moment."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        pairs = [f"{name}:{password}".encode() for name, password in people.items()]
        known = {f"Basic {b64encode(pair).decode()}" for pair in pairs}
        if environ.get("HTTP_AUTHORIZATION") not in known:
            start("401 Unauthorized", [("WWW-Authenticate", 'Basic realm="here"')])
            return [b""]
        return application(environ, start)

    return answer


@dataclass(frozen=True)
class Request:
    """A request as a vendor's server looks at it."""

    method: str
    path: str
    query: dict[str, str]
    token: str
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


@dataclass
class Vendor:
    """A vendor's API: `answer` gives a status and what is sent, bytes or JSON."""

    answer: Callable[[Request], tuple[int, Any]]
    # Answers that come first: status, headers, body.
    first: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        query = environ.get("QUERY_STRING", "")
        request = Request(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            dict(parse_qsl(query)),
            environ.get("HTTP_AUTHORIZATION", ""),
            environ["wsgi.input"].read(),
        )
        self.asked.append(request)
        headers: dict[str, str] = {}
        if self.first:
            status, headers, told = self.first.pop(0)
        else:
            status, told = self.answer(request)
        if status == 302:
            headers, told = {"Location": told}, b""
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        start(f"{status} Status", [*headers.items(), ("Content-Length", str(len(body)))])
        return [body]
