"""Numbers of tokens: counted where a model's vocabulary is at hand, else estimated.

OpenAI's vocabularies are only to be had from a network, or with the package bpe-openai, which is
optional: its files are read as data, when their hashes are right, and nothing of it is run. Of the
other models an estimate is made from how many characters of each kind a text has. The weights are
measured (`tokens.toml`); counting bytes and dividing by four, as one often reads, is wrong by 60 %
for numbers and by 70 % for Thai.
"""

import gzip
import hashlib
import math
import os
import string
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import tiktoken
from django.conf import settings

from aiapp.llm.catalogue.facts import find_tokenizer

# The vocabularies that tiktoken knows: where it takes them from, and what they hash to.
SOURCE = "https://openaipublic.blob.core.windows.net/encodings"
VOCABULARIES = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}
PACKAGE = "bpe_openai"
# Characters in a token, at most, by the least of the weights.
MAX_TOKEN_CHARS = 20
# Of a picture of the size that we send, by Anthropic's rule (pixels by 750) and more than OpenAI's.
PICTURE_TOKENS = 1_600
# Who knows many scripts well is not to be expected of a model that nobody knows.
UNKNOWN = "cl100k_base"
USUAL = "o200k_base"
# What is counted is kept of texts up to this length.
SHORT_CHARS = 2_000

# Kinds of characters, by the byte that begins them in UTF-8.
KINDS: Mapping[str, bytes] = {
    "lower": string.ascii_lowercase.encode(),
    "upper": string.ascii_uppercase.encode(),
    "blank": b" ",
    "line": b"\n\r\t",
    "digit": string.digits.encode(),
    "mark": string.punctuation.encode(),
    "latin": bytes(range(0xC2, 0xCE)),
    "greek": bytes(range(0xCE, 0xD0)),
    "cyrillic": bytes(range(0xD0, 0xD5)),
    "hebrew_arabic": bytes(range(0xD5, 0xE0)),
    "indic_thai": bytes(range(0xE0, 0xE2)),
    "symbol": bytes(range(0xE2, 0xE3)),
    "kana": bytes(range(0xE3, 0xE4)),
    "han": bytes(range(0xE4, 0xEA)),
    "hangul": bytes(range(0xEA, 0xEE)),
    "astral": bytes(range(0xEE, 0xF5)),
}
_OTHERS = [bytes(set(range(256)) - set(kind)) for kind in KINDS.values()]

Tokenizer = Callable[[str], int]


def count(text: str, model: str) -> int:
    """Count a text's tokens for a model. An estimate is not too low for 19 of 20 texts.

    The first count with a vocabulary loads it, which takes half a second and 80 MB; see `preload`.
    """
    name, surplus = find_tokenizer(model)
    if name in VOCABULARIES and (exactly := vocabulary(name)):
        return exactly(text)
    known = name if name in _weights() else UNKNOWN
    return math.ceil(_sum_weights(text, known) * _weights()[known]["margin"] * surplus) + 1


def preload() -> None:
    """Load what the default model's tokens are counted by, if it is there."""
    name, _ = find_tokenizer(settings.CHAT_MODEL)
    if name in VOCABULARIES:
        vocabulary(name)


def estimate(text: str) -> int:
    """Estimate a text's tokens for a usual model, erring neither way."""
    return math.ceil(_sum_weights(text, USUAL)) + 1


def estimate_content(content: Any) -> int:
    """About how many tokens a message's content has: a text, or parts in OpenAI's form."""
    if not isinstance(content, list):
        return estimate(str(content or ""))
    return sum(
        PICTURE_TOKENS if part.get("type") == "image_url" else estimate(str(part.get("text") or ""))
        for part in content
    )


def shorten(text: str, tokens: int) -> str:
    """The beginning of a text that fits the budget, cut at a word where there is one.

    It takes a time that grows with the budget, and not with a text that is far longer.
    """
    # Blanks weigh least, so more characters than this cannot fit.
    fits, over = 0, min(len(text), tokens * MAX_TOKEN_CHARS + 1)
    if over == len(text) and estimate(text) <= tokens:
        return text
    while over - fits > 1:
        middle = (fits + over) // 2
        if estimate(text[:middle]) <= tokens:
            fits = middle
        else:
            over = middle
    cut = text[:fits]
    return cut.rsplit(None, 1)[0] if " " in cut else cut


def count_kinds(text: str) -> Sequence[int]:
    """Count the characters of each of `KINDS` in a text."""
    return _count_short(text) if len(text) <= SHORT_CHARS else _count(text)


# Rules, and the messages of a chat, are counted again with every question.
@lru_cache(maxsize=2_048)
def _count_short(text: str) -> Sequence[int]:
    return _count(text)


def _count(text: str) -> Sequence[int]:
    raw = text.encode("utf-8", "surrogatepass")
    return [len(raw.translate(None, others)) for others in _OTHERS]


def _sum_weights(text: str, name: str) -> float:
    weights = _weights()[name]
    return sum(
        weights[kind] * many for kind, many in zip(KINDS, count_kinds(text), strict=True) if many
    )


@cache
def _weights() -> Mapping[str, Mapping[str, float]]:
    return tomllib.loads(Path(__file__).with_name("tokens.toml").read_text(encoding="utf-8"))


@cache
def vocabulary(name: str) -> Tokenizer | None:
    """Load a vocabulary; None if its file is not there or not what it should be.

    tiktoken would fetch it then, and a server does not call anybody by itself.
    """
    path, packaged = _locate_cached(name), _find_packaged(name)
    if not path.exists() and packaged:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(gzip.decompress(packaged.read_bytes()))
        part.replace(path)
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != VOCABULARIES[name]:
        return None
    encoding = tiktoken.get_encoding(name)
    return lambda text: len(encoding.encode_ordinary(text))


def _locate_cached(name: str) -> Path:
    address = f"{SOURCE}/{name}.tiktoken"
    file = hashlib.sha1(address.encode(), usedforsecurity=False).hexdigest()
    return Path(settings.TIKTOKEN_CACHE_DIR, file)


def _find_packaged(name: str) -> Path | None:
    spec = find_spec(PACKAGE)
    for folder in spec.submodule_search_locations or () if spec else ():
        file = Path(folder, "data", f"{name}.tiktoken.gz")
        if file.exists():
            return file
    return None
