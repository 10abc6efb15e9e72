"""The part of `manage.py models` that downloads: it shows how far it is, and goes on next time."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.template.defaultfilters import filesizeformat

from aiapp.embedded.hub.download import fetch
from aiapp.embedded.hub.files import HubFile
from aiapp.embedded.hub.repository import find_file, list_files
from aiapp.embedded.hub.shortlist import SUGGESTIONS, suggest
from aiapp.errors import InvalidInput
from chat.endpoints import own_server

# Between two lines that say how far it is.
STEP_PERCENT = 5


Write = Callable[[str], object]


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "repository",
        nargs="?",
        default="",
        help="owner/name on the hub, or the memory to spare in GB; without it, list suggestions.",
    )
    parser.add_argument("file", nargs="?", default="", help="The GGUF file, if there are several.")
    parser.add_argument("--no-use", action="store_true", help="Download it alone.")


def handle(options: dict[str, Any], write: Write) -> None:
    """Download a model and have it served, or list what there is. Raises an AppError."""
    file = _find(options["repository"], options["file"], write)
    if file is None:
        return
    licence = file.licence or "unknown"
    write(f"{file.repository} {file.name}: {filesizeformat(file.size)}, licence: {licence}")
    shelf = own_server.get_shelf()
    fetch(file, shelf, _Progress(file, write).note)
    name = next(model.name for model in shelf.list_models() if model.source == file)
    if options["no_use"]:
        write(f"{name} is here. To use it: manage.py models use {name}")
        return
    own_server.use(name)
    write(f"{name} is in use.")


def _find(repository: str, name: str, write: Write) -> HubFile | None:
    if not repository:
        _list_suggestions(write)
        return None
    if repository.isdecimal():
        fitting = [each for each in SUGGESTIONS if str(each.memory) == repository]
        if not fitting:
            sizes = ", ".join(str(each.memory) for each in SUGGESTIONS)
            raise InvalidInput(f"There are suggestions for {sizes} GB.")
        return find_file(fitting[0].repository, fitting[0].file)
    if name:
        return find_file(repository, name)
    files = list_files(repository)
    if len(files) == 1:
        return files[0]
    if not files:
        raise InvalidInput(f"{repository} has no model in a single GGUF file.")
    for file in files:
        write(f"  {file.name}  {filesizeformat(file.size)}")
    write("Name one of these files.")
    return None


def _list_suggestions(write: Write) -> None:
    fitting = suggest()
    for each in SUGGESTIONS:
        mark = "  <- fits this machine" if each == fitting else ""
        write(f"{each.memory:>3} GB  {each.repository} {each.file}{mark}")
        write(f"        {each.expect}")


class _Progress:
    def __init__(self, file: HubFile, write: Write) -> None:
        self._file, self._write = file, write
        self._shown = -STEP_PERCENT

    def note(self, received: int) -> None:
        percent = 100 * received // self._file.size
        if percent >= min(self._shown + STEP_PERCENT, 100):
            self._shown = percent
            self._write(f"  {percent} %")
