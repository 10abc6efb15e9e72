"""Read a folder of files as documents are read, and count what crashes and what words are kept.

    python -m bench.documents.compare_formats FOLDER [--reference OTHER_PYTHON]

Files are found by their endings. Each is read in the process that reads documents, with its limits.
Beside each stands how many of the words of a reference are in our text; references are what Python
itself or the format says (the text of an XML file, the strings of a workbook), and kreuzberg and
markitdown where the other interpreter has them. A word is a run of letters or digits.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from collections import Counter, defaultdict
from pathlib import Path

from lxml import etree

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aiapp.settings")
os.environ.setdefault("SECRET_KEY", "x" * 50)

import django

django.setup()

from documents.errors import IngestError  # noqa: E402 - settings come first
from documents.files.media_types import detect_format  # noqa: E402
from documents.parsing.formats import BY_SUFFIX  # noqa: E402
from documents.parsing.notes import Note  # noqa: E402
from documents.parsing.process import PageText, parse  # noqa: E402

# What a parser should never come to, whatever the file.
_CRASHES = {"parser_crashed", "timed_out", "interrupted", "too_large"}

MAX_BYTES, MAX_PER_KIND = 8 * 1024 * 1024, 60
_WORD = re.compile(r"[^\W_]{2,}")
# The parts of a zip that hold what its reader sees, and the elements that hold its words.
_PARTS = re.compile(
    r"(word/document\d?|word/(foot|end)notes|word/comments|ppt/slides/slide\d+|xl/sharedStrings"
    r"|content|Contents/section\d+)\.xml$"
)
_OTHER = """
import json, sys
from {module} import {names}
for path in sys.stdin:
    path = path.strip()
    try:
        text = {call}
    except BaseException as error:
        text = None
    print(json.dumps(text), flush=True)
"""
_LIBRARIES = {
    "kreuzberg": _OTHER.format(
        module="kreuzberg",
        names="ExtractionConfig, extract_file_sync",
        call="extract_file_sync(path, config=ExtractionConfig(use_cache=False)).content",
    ),
    "markitdown": _OTHER.format(
        module="markitdown", names="MarkItDown", call="MarkItDown().convert(path).text_content"
    ),
}


def find_files(folder: Path) -> dict[str, list[Path]]:
    """The files of each kind that can be read, the smaller ones first."""
    kinds: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        suffix = path.suffix.lower()
        if suffix in BY_SUFFIX and path.is_file() and 0 < path.stat().st_size <= MAX_BYTES:
            known = BY_SUFFIX[suffix]
            kinds["code" if known.is_code else suffix[1:]].append(path)
    return {
        kind: sorted(paths, key=lambda path: path.stat().st_size)[-MAX_PER_KIND:]
        for kind, paths in sorted(kinds.items())
    }


def read(path: Path) -> tuple[str, str, set[str]]:
    """The text of a file, or the reason why there is none, and the codes of its notes."""
    notes: set[str] = set()
    texts: list[str] = []
    try:
        with path.open("rb") as file:
            known = detect_format(path.name, file)
        for item in parse(str(path), known.media_type):
            if isinstance(item, PageText):
                texts.append(item.text)
            elif isinstance(item, Note):
                notes.add(item.code)
    except IngestError as error:
        return "", error.reason, notes
    except Exception as error:  # noqa: BLE001 - what is refused before it is read
        return "", getattr(error, "reason", type(error).__name__), notes
    return "\n".join(texts), "", notes


def read_reference(path: Path) -> str | None:
    """The words that a file of XML parts has, without any library for its format."""
    if not zipfile.is_zipfile(path):
        return None
    words = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if _PARTS.search(name):
                words += list(etree.fromstring(archive.read(name)).itertext("{*}t", "{*}p", "{*}v"))
    return " ".join(words) or None


def count_kept(reference: str, text: str) -> tuple[int, int]:
    wanted, found = Counter(_WORD.findall(reference.lower())), Counter(_WORD.findall(text.lower()))
    return (wanted & found).total(), wanted.total()


def start_library(name: str, python: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [python, "-c", _LIBRARIES[name]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def ask(process: "subprocess.Popen[str]", path: Path) -> str | None:
    if process.poll() is not None or process.stdin is None or process.stdout is None:
        return None
    process.stdin.write(f"{path}\n")
    process.stdin.flush()
    line = process.stdout.readline()
    return str(json.loads(line) or "") if line else None


class Kind:
    """The files of a kind: how many were read, how long that took, and what words were kept."""

    def __init__(self, others: "dict[str, subprocess.Popen[str]]") -> None:
        self._others = others
        self._kept: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        self.outcome: Counter[str] = Counter()
        self._seconds = 0.0

    def try_file(self, path: Path) -> None:
        began = time.monotonic()
        text, reason, _ = read(path)
        self._seconds += time.monotonic() - began
        if reason in _CRASHES:
            print(f"{path}: {reason}", file=sys.stderr)
        self.outcome["crashed" if reason in _CRASHES else "refused" if reason else "read"] += 1
        if reason:
            return
        references = {name: ask(process, path) for name, process in self._others.items()}
        for name, reference in {"XML": read_reference(path), **references}.items():
            if reference:
                found, wanted = count_kept(reference, text)
                self._kept[name][0] += found
                self._kept[name][1] += wanted

    def row(self, name: str) -> str:
        count = self.outcome.total()
        shares = [
            f"{self._kept[each][0] / self._kept[each][1]:.3f}" if self._kept[each][1] else "-"
            for each in ("XML", *self._others)
        ]
        counts = [count, *(self.outcome[each] for each in ("read", "refused", "crashed"))]
        cells = [name, *map(str, counts), f"{self._seconds / count:.2f}", *shares]
        return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--reference", default="", help="an interpreter that has other libraries")
    options = parser.parse_args()
    libraries = _LIBRARIES if options.reference else {}
    print(f"| kind | files | read | refused | crashed | s a file | XML | {' | '.join(libraries)} |")
    totals: Counter[str] = Counter()
    for name, paths in find_files(options.folder).items():
        others = {each: start_library(each, options.reference) for each in libraries}
        kind = Kind(others)
        for path in paths:
            kind.try_file(path)
        for process in others.values():
            process.kill()
        totals.update(kind.outcome, kinds=1)
        print(kind.row(name), flush=True)
    print(dict(totals))


if __name__ == "__main__":
    main()
