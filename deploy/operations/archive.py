"""A backup: a folder with two files and a manifest that says what they are."""

import hashlib
import json
import shlex
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

from operations.compose import ROOT
from operations.terminal import Failure

DUMP, FILES, MANIFEST = "database.dump", "files.tar", "manifest.json"
FORMAT = 1


def write_part(command: list[str], target: Path, encrypt: str) -> dict[str, Any]:
    """Write what a command prints, through another one that encrypts it. Returns size and hash."""
    with target.open("xb") as file:
        target.chmod(0o600)
        source = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE if encrypt else file
        )
        filtered = 0
        if encrypt:
            done = subprocess.run(
                shlex.split(encrypt), stdin=source.stdout, stdout=file, check=False
            )
            filtered = done.returncode
        if source.wait() or filtered:
            raise Failure(f"{target.name} could not be written: {' '.join(command[:6])} …")
    return describe(target)


def read_part(part: Path, decrypt: str, command: list[str]) -> None:
    """Give a part of a backup to a command, decrypted by another one."""
    with part.open("rb") as file:
        source = None
        if decrypt:
            source = subprocess.Popen(shlex.split(decrypt), stdin=file, stdout=subprocess.PIPE)
        done = subprocess.run(
            command, cwd=ROOT, stdin=source.stdout if source else file, check=False
        )
        if done.returncode or (source and source.wait()):
            raise Failure(f"{part.name} could not be read: {' '.join(command[:6])} …")


def send(folder: Path, put: Callable[[str], list[str]]) -> None:
    """Give all parts, as one archive, to a command that stores it. Raises Failure."""
    command = put(f"{folder.name}.tar")
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if process.stdin is None:
        raise AssertionError
    sent = _Counted(process.stdin)
    with (
        suppress(BrokenPipeError),
        tarfile.open(fileobj=cast(IO[bytes], sent), mode="w|") as archive,
    ):
        for name in (DUMP, FILES, MANIFEST):
            archive.add(folder / name, name)
    told, _ = process.communicate()
    if process.returncode or json.loads(told) != sent.describe():
        raise Failure(f"{folder.name} did not arrive as it was sent.")


def fetch(folder: Path, get: Callable[[str], list[str]]) -> None:
    """Have a command write that archive, and unpack it into a new folder. Raises Failure."""
    folder.mkdir(parents=True, mode=0o700)
    try:
        _unpack(folder, get(f"{folder.name}.tar"))
    except BaseException:
        # The next try makes the folder again, and needs the room.
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _unpack(folder: Path, command: list[str]) -> None:
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    with suppress(tarfile.ReadError), tarfile.open(fileobj=process.stdout, mode="r|") as archive:
        for member in archive:
            source = archive.extractfile(member)
            if source is not None and member.name in {DUMP, FILES, MANIFEST}:
                with (folder / member.name).open("xb") as file:
                    shutil.copyfileobj(source, file)
                (folder / member.name).chmod(0o600)
    process.communicate()
    if process.returncode:
        raise Failure(f"{folder.name} could not be fetched.")


class _Counted:
    """A pipe that knows how much went through it, and its hash."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target, self._digest, self._bytes = target, hashlib.sha256(), 0

    def write(self, piece: bytes) -> int:
        self._digest.update(piece)
        self._bytes += len(piece)
        return self._target.write(piece)

    def describe(self) -> dict[str, Any]:
        return {"bytes": self._bytes, "sha256": self._digest.hexdigest()}


def describe(part: Path) -> dict[str, Any]:
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": part.stat().st_size, "sha256": digest}


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    path = folder / MANIFEST
    path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    path.chmod(0o600)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what a backup says of itself, once all of it is as it was written."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Failure(f"{folder} is no backup: {error}") from error
    if manifest["format"] != FORMAT:
        raise Failure(f"{folder} has the format {manifest['format']}, known is {FORMAT}.")
    for name, known in manifest["parts"].items():
        path = folder / name
        if not path.exists() or describe(path) != known:
            raise Failure(f"{path} is missing, or not what was written.")
    return manifest
