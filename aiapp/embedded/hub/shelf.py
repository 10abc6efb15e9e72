"""The models that were downloaded: a file each, with a note of where it comes from.

One of them may be chosen for the local chat server, which looks at the note of the choice.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aiapp.embedded.hub.files import HubFile
from aiapp.errors import Conflict, NotFound

# Where it is, below the folder of models.
FOLDER = "hub"
CHOICE = "chosen.json"
# In tokens: of a model that does not say how much it reads, and as much as one is given here.
USUAL_CONTEXT, MAX_CONTEXT = 8_192, 32_768
# What names a file, in a form that every file system takes.
PLAIN = re.compile(r"[^\w.+-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model on this machine. `name` is what questions call it by, for as long as it is here."""

    name: str
    path: Path
    source: HubFile

    @property
    def context(self) -> int:
        """The tokens that the local server reads with it at once."""
        return min(self.source.context or USUAL_CONTEXT, MAX_CONTEXT)


class Shelf:
    """The folder of downloaded models."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def locate(self, file: HubFile) -> Path:
        owner = PLAIN.sub("-", file.repository.replace("/", "--"))
        return self.folder / owner / PLAIN.sub("-", file.name)

    def holds(self, file: HubFile) -> bool:
        """Tell that a file was downloaded whole, and checked."""
        model = self._read(self.locate(file))
        return model is not None and model.source == file

    def note(self, file: HubFile) -> None:
        """Keep the origin of a file that is complete, and give it a name that no other has."""
        path = self.locate(file)
        taken = {model.name for model in self._find() if model.path != path}
        owner = file.repository.partition("/")[0]
        names = (path.stem, f"{owner}/{path.stem}", f"{file.repository}/{path.stem}")
        name = next(name for name in names if name not in taken)
        _write_json(_name_note(path), {"name": name, "source": asdict(file)})

    def list_models(self) -> list[LocalModel]:
        """Return what was downloaded whole, by name."""
        return sorted(self._find(), key=lambda model: model.name.lower())

    def get(self, name: str) -> LocalModel:
        """Return a model. Raises NotFound."""
        for model in self._find():
            if model.name == name:
                return model
        raise NotFound(f"No model {name[:200]!r} was downloaded.", code="no_such_model")

    def choose(self, name: str | None) -> None:
        """Have the local server serve a model, or none of them. Raises NotFound."""
        if name is None:
            (self.folder / CHOICE).unlink(missing_ok=True)
            return
        self.get(name)
        _write_json(self.folder / CHOICE, {"name": name})

    @property
    def choice(self) -> LocalModel | None:
        """The model that the local server is to serve."""
        name = _read_json(self.folder / CHOICE).get("name")
        return next((model for model in self._find() if model.name == name), None)

    def remove(self, name: str) -> None:
        """Delete a model. Raises NotFound, and Conflict for the one that is in use."""
        model = self.get(name)
        if self.choice == model:
            raise Conflict(f"{name} is in use. Choose another model first.", code="model_in_use")
        _name_note(model.path).unlink(missing_ok=True)
        model.path.unlink(missing_ok=True)

    def discard(self, file: HubFile) -> None:
        """Delete what an interrupted download has brought so far."""
        path = self.locate(file)
        for part in path.parent.glob(f"{path.name}.*.part"):
            part.unlink(missing_ok=True)

    def _find(self) -> Iterator[LocalModel]:
        for path in sorted(self.folder.glob("*/*.gguf")):
            if model := self._read(path):
                yield model

    def _read(self, path: Path) -> LocalModel | None:
        """Return a model; None for a file that is not there or was not checked."""
        note = _read_json(_name_note(path))
        try:
            model = LocalModel(note["name"], path, HubFile(**note["source"]))
            return model if path.stat().st_size == model.source.size else None
        except (KeyError, TypeError, OSError):
            return None


def _name_note(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    new.write_text(json.dumps(value), encoding="utf-8")
    new.replace(path)
