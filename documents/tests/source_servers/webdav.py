"""A WebDAV server (WsgiDAV over Cheroot) with one person's folder."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from cheroot import wsgi
from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

from documents.tests.source_servers import Place, place
from documents.tests.source_servers.folder import make_place

PASSWORD = "app-password-7"


@contextmanager
def serving(application: Callable[..., Any]) -> Iterator[str]:
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


@place("webdav")
def make_webdav(path: Path) -> Iterator[Place]:
    root = path / "dav"
    (root / "My files").mkdir(parents=True)
    people = {"anna": {"password": PASSWORD}}
    application = WsgiDAVApp(
        {
            "provider_mapping": {"/": FilesystemProvider(str(root))},
            "simple_dc": {"user_mapping": {"*": people}},
            "http_authenticator": {"domain_controller": None},
            "logging": {"enable": False},
            "verbose": 0,
        }
    )

    def refuse(refused: bool) -> None:
        people["anna"]["password"] = "another" if refused else PASSWORD

    with serving(application) as url:
        own = make_place(root / "My files")
        fields = {
            "address": f"{url}/My%20files",
            "username": "anna",
            "credential": PASSWORD,
        }
        yield Place("webdav", fields, own.write, own.remove, own.move, refuse)
