"""A Git repository, served by Dulwich's server."""

from collections.abc import Iterator
from pathlib import Path

from dulwich import porcelain
from dulwich.server import DictBackend
from dulwich.web import make_wsgi_chain

from documents.tests.source_servers import Place, place
from documents.tests.source_servers.folder import make_place
from documents.tests.source_servers.wsgi import behind_password, serving

AUTHOR = b"Anna <anna@example.org>"
TOKEN = "git-token-123"


@place("git")
def make_git(path: Path) -> Iterator[Place]:
    root = path / "repository"
    root.mkdir()
    repository = porcelain.init(str(root))
    files = make_place(root)

    def commit() -> None:
        porcelain.add(repository, [str(root)])
        porcelain.commit(repository, message=b"Change.", author=AUTHOR, committer=AUTHOR, all=True)

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

    application = make_wsgi_chain(DictBackend({"/handbook.git": repository}))
    with serving(behind_password(application, people)) as url:
        fields = {"address": f"{url}/handbook.git", "username": "anna", "credential": TOKEN}
        yield Place("git", fields, write, remove, move, refuse)
    repository.close()
