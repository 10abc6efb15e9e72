"""Words of many languages, the more frequent ones first: of the vocabulary of OpenAI's models.

It comes with the package bpe-openai, of which nothing is run, and is read for the first PDF that
needs it.
"""

import base64
import gzip
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

PACKAGE, FILE = "bpe_openai", "o200k_base.tiktoken.gz"
MIN_CHARS = 3
MAX_ALIKE = 20
# What begins with a space begins a word.
SPACE = b" "


@cache
def load_ranks() -> Mapping[str, int]:
    """Return words in small letters with their ranks, 70,000 or so; none without the package."""
    spec = find_spec(PACKAGE)
    folders = spec.submodule_search_locations or () if spec else ()
    paths = [path for folder in folders if (path := Path(folder, "data", FILE)).exists()]
    return _read_ranks(paths[0]) if paths else {}


def find_words(beginning: str) -> list[str]:
    """Return the first words, by their letters, that begin so."""
    words = _sort_words()
    following = words[(at := bisect_left(words, beginning)) : at + MAX_ALIKE]
    return [word for word in following if word.startswith(beginning)]


@cache
def _sort_words() -> Sequence[str]:
    return sorted(load_ranks())


def _read_ranks(path: Path) -> dict[str, int]:
    ranks: dict[str, int] = {}
    with gzip.open(path) as lines:
        for line in lines:
            packed, _, rank = line.partition(b" ")
            token = base64.b64decode(packed)
            word = token[1:].decode("utf-8", "ignore").lower() if token[:1] == SPACE else ""
            if len(word) >= MIN_CHARS and word.isalpha():
                ranks.setdefault(word, int(rank))
    return ranks
