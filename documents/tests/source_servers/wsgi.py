"""WSGI applications on ports of their own, and the password that some ask for."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from cheroot import wsgi

Application = Callable[..., Any]


@contextmanager
def serving(application: Application) -> Iterator[str]:
    """Serve a WSGI application on a port of its own, and give its address."""
    server = wsgi.Server(("127.0.0.1", 0), application, numthreads=4)
    server.prepare()
    thread = Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.bind_addr[1]}"
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
