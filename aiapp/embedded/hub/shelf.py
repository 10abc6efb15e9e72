"""The models that were downloaded: a file each, with a note of where it comes from.

One of them may be chosen for the local chat server, which looks at the note of the choice.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aiapp.embedded.hub.files import HubFile
from aiapp.errors import Conflict, NotFound

# Where it is, below the folder of models.
FOLDER = "hub"
CHOICE = "chosen.json"
# What names a file, in a form that every file system takes.
PLAIN = re.compile(r"[^\w.+-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model on this machine. `name` is what questions call it by."""

    name: str
    path: Path
    source: HubFile


class Shelf:
    """The folder of downloaded models."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def locate(self, file: HubFile) -> Path:
        owner = PLAIN.sub("-", file.repository.replace("/", "--"))
        return self.folder / owner / PLAIN.sub("-", file.name)

    def holds(self, file: HubFile) -> bool:
        """Tell that a file was downloaded whole, and checked."""
        return self._read(self.locate(file)) == file

    def note(self, file: HubFile) -> None:
        """Keep the origin of a file that is complete."""
        _write_json(_name_note(self.locate(file)), asdict(file))

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
        paths = sorted(self.folder.glob("*/*.gguf"))
        stems = Counter(path.stem for path in paths)
        for path in paths:
            if source := self._read(path):
                owner = source.repository.partition("/")[0]
                name = path.stem if stems[path.stem] == 1 else f"{owner}/{path.stem}"
                yield LocalModel(name, path, source)

    def _read(self, path: Path) -> HubFile | None:
        """Return where a file comes from; None for one that is not there or was not checked."""
        try:
            source = HubFile(**_read_json(_name_note(path)))
            return source if path.stat().st_size == source.size else None
        except (TypeError, OSError):
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
