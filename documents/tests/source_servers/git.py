"""A Git repository, served over HTTP by Git's own program."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which
from typing import Any

from documents.tests.source_servers import Place, place
from documents.tests.source_servers.folder import make_place
from documents.tests.source_servers.wsgi import behind_password, serving

TOKEN = "git-token-123"
GIT = which("git") or "git"


class Backend:
    """`git http-backend`, which speaks CGI, as a WSGI application."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read()
        told = {name: value for name, value in environ.items() if isinstance(value, str)}
        variables = {
            **{name: value for name, value in told.items() if name.startswith("HTTP_")},
            "GIT_PROJECT_ROOT": str(self._root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": environ["PATH_INFO"],
            "QUERY_STRING": environ.get("QUERY_STRING", ""),
            "REQUEST_METHOD": environ["REQUEST_METHOD"],
            "CONTENT_TYPE": environ.get("CONTENT_TYPE", ""),
            "CONTENT_LENGTH": str(len(body)),
            "GIT_PROTOCOL": environ.get("HTTP_GIT_PROTOCOL", ""),
        }
        done = subprocess.run(
            [GIT, "http-backend"], input=body, env=variables, capture_output=True, check=True
        )
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        headers = [line.split(": ", 1) for line in head.decode().split("\r\n")]
        status = next((value for name, value in headers if name == "Status"), "200 OK")
        start(status, [(name, value) for name, value in headers if name != "Status"])
        return [answer]


@place("git")
def make_git(path: Path) -> Iterator[Place]:
    root = path / "served" / "handbook.git"
    root.mkdir(parents=True)
    files = make_place(root)

    def git(*arguments: str) -> None:
        person = ["-c", "user.name=Anna", "-c", "user.email=anna@example.org"]
        subprocess.run([GIT, "-C", str(root), *person, *arguments], check=True, capture_output=True)

    git("init", "-b", "main")
    git("config", "safe.directory", "*")

    def commit() -> None:
        git("add", "-A")
        git("commit", "-m", "Change.")

    def write(name: str, text: str) -> None:
        files.write(name, text)
        commit()

    def remove(name: str) -> None:
        files.remove(name)
        commit()

    def move(name: str, to: str) -> None:
        assert files.move is not None
        files.move(name, to)
        commit()

    people = {"anna": TOKEN}

    def refuse(refused: bool) -> None:
        people["anna"] = "another" if refused else TOKEN

    with serving(behind_password(Backend(root.parent), people)) as url:
        fields = {"address": f"{url}/handbook.git", "username": "anna", "credential": TOKEN}
        yield Place("git", fields, write, remove, move, refuse)
