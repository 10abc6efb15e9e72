"""A text as terms that can be compared: stems of words, pairs of CJK characters, numbers.

The stemmer takes off the endings of English that change most often, after the first steps of
Porter (1980). Korean, Japanese and Chinese have no such endings to rely on, so their words count
as overlapping pairs of characters, as they do in search.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from aiapp.normal_form import normalize
from chat.grounding import words

CJK = "\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
TOKEN = re.compile(rf"\d+(?:[.,:]\d+)*|[{CJK}]+|[^\W\d_{CJK}]+(?:['’][^\W\d_{CJK}]+)?", re.UNICODE)
CJK_RUN = re.compile(f"[{CJK}]+")
SCALES = {
    "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "bn": 1e9, "hundred": 1e2,
    "천": 1e3, "만": 1e4, "억": 1e8, "조": 1e12,
}  # fmt: skip
NUMBER_WORDS = {
    word: float(n) for n, same in enumerate(words.NUMBERS.split(";"), 2) for word in same.split()
} | {"thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0, "seventy": 70.0, "eighty": 80.0}
FUNCTION_WORDS = frozenset(words.FUNCTION.split())
ENDINGS = (("ies", "y"), ("ied", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""), ("ly", ""))
SHORTEST_STEM = 3
# Of a longer text the terms are not kept for when it comes again.
MAX_KEPT_CHARS = 2_000
THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it stands, its stem, and whether it begins with a capital."""

    word: str
    stem: str
    start: int

    @property
    def is_function(self) -> bool:
        word = self.word.lower().replace("’", "'")
        return word in FUNCTION_WORDS or word.endswith("n't")

    @property
    def is_capital(self) -> bool:
        return self.word[:1].isupper()


@dataclass(slots=True)
class Terms:
    """`content` are the stems and pairs that carry meaning; `numbers` values as written out.

    `sequence` holds words and numbers in the order of the text, in the same form; `stems` are those
    of all words.
    """

    text: str
    tokens: list[Token] = field(default_factory=list)
    content: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    sequence: list[str] = field(default_factory=list)
    stems: set[str] = field(default_factory=set)

    def means(self, term: str) -> bool:
        """Whether a term of this text's sequence carries meaning."""
        return term in self.content or term in self.numbers or bool(CJK_RUN.match(term))

    def knows(self, term: str) -> bool:
        """Whether a term occurs here, a CJK word in part: its endings change."""
        if CJK_RUN.match(term):
            return bool(pairs(term) & self.content)
        return term in self.content or term in self.numbers


def terms(text: str) -> Terms:
    """Read a text. Equal short texts are read once; what comes back is not to be changed."""
    return _kept(text) if len(text) <= MAX_KEPT_CHARS else _read(text)


@lru_cache(maxsize=512)
def _kept(text: str) -> Terms:
    return _read(text)


def _read(text: str) -> Terms:
    # One character may stand for a sentence of eighteen (U+FDFA); a text of those is no text.
    found = Terms(normalize("NFKC", text)[: 2 * len(text) + MAX_KEPT_CHARS])
    matches = list(TOKEN.finditer(found.text))
    for at, match in enumerate(matches):
        word = match[0]
        following = matches[at + 1][0].lower() if at + 1 < len(matches) else ""
        if word[0].isdecimal():
            found.sequence.append(_number(word, following))
            found.numbers.add(found.sequence[-1])
        elif CJK_RUN.match(word):
            found.tokens.append(Token(word, word, match.start()))
            found.sequence.append(word)
            found.content |= pairs(word)
        else:
            _add_word(found, word, match.start(), matches[at - 1][0] if at else "")
    found.stems = {token.stem for token in found.tokens}
    return found


def _add_word(found: Terms, word: str, start: int, before: str) -> None:
    lower = word.lower()
    token = Token(word, stem(lower), start)
    found.tokens.append(token)
    found.sequence.append(token.stem)
    if lower in NUMBER_WORDS:
        found.sequence[-1] = _plain(NUMBER_WORDS[lower])
        found.numbers.add(found.sequence[-1])
    elif not token.is_function and not (lower in SCALES and before[:1].isdecimal()):
        found.content.add(token.stem)


def stem(word: str) -> str:
    """The stem of a word in lower case, without accents."""
    word = word.replace("’", "'").removesuffix("'s")
    bare = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    for ending, instead in ENDINGS:
        cut = len(bare) - len(ending)
        if (
            bare.endswith(ending)
            and cut + len(instead) >= SHORTEST_STEM
            and not bare.endswith("ss")
        ):
            bare = bare[:cut] + instead
            break
    if len(bare) > SHORTEST_STEM and bare[-1] == bare[-2] and bare[-1] not in "aeiouls":
        bare = bare[:-1]
    return bare.removesuffix("e") if len(bare) > SHORTEST_STEM else bare


def pairs(run: str) -> set[str]:
    return {run[at : at + 2] for at in range(len(run) - 1)} or {run}


def _number(text: str, following: str) -> str:
    """A number's value in one form: 4,200 is 4200, and 2 million is 2,000,000.

    Times, versions and addresses (10:30, 3.1.4) are compared as they are written.
    """
    bare = text.replace(",", "") if THOUSANDS.fullmatch(text) else text.replace(",", ".")
    if ":" in bare or bare.count(".") > 1:
        return bare
    scale = next((SCALES[name] for name in SCALES if _is_scaled(following, name)), 1.0)
    return _plain(float(bare) * scale)


def _is_scaled(following: str, name: str) -> bool:
    return following == name or (not name.isascii() and following.startswith(name))


def _plain(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")
