"""A folder of this machine."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from documents.tests.source_servers import Place, place


@place("folder")
def make_folder(path: Path) -> Iterator[Place]:
    root = path / "folder"
    root.mkdir()
    yield make_place(root)


def make_place(root: Path) -> Place:
    def write(name: str, text: str) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")

    def remove(name: str) -> None:
        (root / name).unlink()

    def move(name: str, to: str) -> None:
        (root / to).parent.mkdir(parents=True, exist_ok=True)
        (root / name).rename(root / to)

    settings.SOURCE_FOLDERS = [str(root)]
    return Place("folder", {"address": str(root)}, write, remove, move, is_remote=False)
