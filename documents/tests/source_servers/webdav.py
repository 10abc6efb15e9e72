"""A WebDAV server (WsgiDAV over Cheroot) with one person's folder."""

from collections.abc import Iterator
from pathlib import Path

from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

from documents.tests.source_servers import Place, place
from documents.tests.source_servers.folder import make_place
from documents.tests.source_servers.wsgi import serving

PASSWORD = "app-password-7"


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
