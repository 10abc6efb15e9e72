"""A text that asks several things, cut into its questions."""

import re

from aiapp.text.stems import HANGUL

MAX_QUESTIONS = 4
# What is longer is no question but a text.
MAX_CHARS = 1_000
MIN_CHARS = 8

_ASKING = (
    r"(?:who(?:se|m)?|what|when|where|why|how|which|in which|in what|on which|at which|by how"
    r"|is|are|was|were|does|do|did|can|may|must|should)"
)
_END = re.compile(r"[?？][?？\s\"'”’)]*")
# "... and who", "... und, what": what follows asks by itself.
_AND = re.compile(
    rf"(?:[,;]\s?(?:and |as well as )?|\s(?:and|as well as) (?:also )?)"
    rf"(?={_ASKING}\b(?! (?:and|or)\b))",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\b(?:who(?:se|m)?|what|when|where|why|how|which)\b", re.IGNORECASE)
_KOREAN_AND = re.compile(r"(?<=[고며]),?\s|,\s|\s그리고\s")
_KOREAN_ASKS = re.compile("누구|누가|무엇|무슨|어떤|어떻게|어디|언제|얼마|몇|왜|인가|은가|는가")


_LEAVES_UNSAID = re.compile(
    r"\b(?:it|its|they|them|their|he|him|his|she|her|this|that|these|those|there|one|ones)\b"
    r"|(?<![가-힣])(?:그|이|저)(?:것|곳|때|들|녀|는|의|가)?(?![가-힣])",
    re.IGNORECASE,
)
# A question of fewer words leaves something unsaid; Korean says more in one.
MIN_WORDS, MIN_KOREAN_WORDS = 4, 2


def needs_context(question: str) -> bool:
    """Tell if one of several questions leaves unsaid what the others say."""
    least = MIN_KOREAN_WORDS if HANGUL.search(question) else MIN_WORDS
    return len(question.split()) < least or bool(_LEAVES_UNSAID.search(question))


def split_questions(text: str) -> list[str]:
    """The questions of a text in their order; one if it asks one thing, or too many to tell."""
    if len(text) > MAX_CHARS:
        return [text.strip()]
    bare = " ".join(text.split())
    parts: list[str] = []
    for sentence in _split_at(bare, _END):
        parts += _split_sentence(sentence)
    return parts if 1 < len(parts) <= MAX_QUESTIONS else [bare]


def _split_sentence(sentence: str) -> list[str]:
    korean = _KOREAN_ASKS.search(sentence)
    sign, asks = (_KOREAN_AND, _KOREAN_ASKS) if korean else (_AND, _ASKS)
    parts: list[str] = []
    start = 0
    for found in sign.finditer(sentence):
        before, after = sentence[start : found.start()].strip(), sentence[found.end() :]
        if len(before) >= MIN_CHARS and asks.search(before) and asks.search(after):
            parts.append(before)
            start = found.end()
    return [*parts, sentence[start:].strip()]


def _split_at(text: str, sign: re.Pattern[str]) -> list[str]:
    """The parts up to each sign; what is too short to ask something goes with the one before."""
    parts: list[str] = []
    start = 0
    for end in (*(found.end() for found in sign.finditer(text)), len(text)):
        part = text[start:end].strip()
        start = end
        if not part:
            continue
        if parts and (len(part) < MIN_CHARS or not sign.search(part)):
            parts[-1] = f"{parts[-1]} {part}"
        else:
            parts.append(part)
    return parts
