"""A parser that a file has taken over reaches no network, and no database of this machine."""

import ast
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from documents.parsing import process
from documents.tests import files
from documents.tests.parsing import pdf

WAYS = "documents.tests.reaching_out"


class _Canary(BaseHTTPRequestHandler):
    hits = 0

    def do_GET(self) -> None:
        type(self).hits += 1
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server of this machine that anybody here may ask."""
    server = HTTPServer(("127.0.0.1", 0), _Canary)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    _Canary.hits = 0
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def _read(tmp_path: Path, parser: str, text: str = "x") -> list[str]:
    file = tmp_path / "file.txt"
    file.write_text(text)
    return list(process.pages_by(f"{WAYS}:{parser}", str(file)))


def test_no_way_out_is_open(tmp_path: Path, address: str, caplog) -> None:
    told = _read(tmp_path, "all_ways", address)
    assert len(told) == 9
    assert not [each for each in told if each.endswith("done")], told
    assert "AF_INET: PermissionError" in told
    assert _Canary.hits == 0
    assert "parser_has_network" not in caplog.text


def test_neither_for_its_threads_nor_for_programs_that_it_starts(tmp_path: Path) -> None:
    assert _read(tmp_path, "by_others") == ["thread: PermissionError", "program: 1"]


def test_it_cannot_be_taken_back(tmp_path: Path) -> None:
    assert _read(tmp_path, "undoing") == ["again: True", "socket: PermissionError"]


# The site's side of a parser's process.
OF_THE_SITE = {"process.py", "storage.py"}
OURS = {"accounts", "aiapp", "chat", "django", "documents"}


def test_its_code_knows_nothing_of_the_site() -> None:
    """Settings would come along with an import, be it one for a single kind of file."""
    folder = Path(process.__file__).parent
    paths = [path for path in folder.rglob("*.py") if path.name not in OF_THE_SITE]
    assert len(paths) > 50
    for path in paths:
        names = {name for name in _list_imports(path) if name.split(".")[0] in OURS}
        assert not {name for name in names if not name.startswith("documents.parsing")}, path


def _list_imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)


def test_files_are_read_as_before(tmp_path: Path) -> None:
    for name, media_type, data in (
        ("a.pdf", "application/pdf", pdf.pages("Hello")),
        ("a.png", "image/png", files.picture("Hello")),
    ):
        file = tmp_path / name
        file.write_bytes(data)
        texts = [each.text for each in process.parse(str(file), media_type)
                 if isinstance(each, process.PageText)]  # fmt: skip
        assert "Hello" in "".join(texts)
