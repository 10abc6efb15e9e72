"""Sentences that speak of sources or of the answer itself, and so state nothing to be judged.

Three kinds: those made of nothing but such words ("Here is what the documents say [1]:"), those
that send the reader to a source ("For more about the ferry, see [2]."), and those that say what a
source does not tell. Whoever doubts the last finds no passage that could settle it.
"""

import re
from collections.abc import Iterable, Mapping

from chat.grounding.framing.vocabulary import VOCABULARY

MAX_POINTER_CHARS = 160
_WORD = re.compile(r"[^\W\d_]+")
_PLACE = re.compile(
    r"\b(?:pages?|p|pp|sections?|seiten?|s|pág|página|str|стр)\.?\s?\d{1,4}(?:[-\u2013]\d{1,4})?"
    r"|\d{1,4}\s?(?:쪽|페이지|页|頁|ページ)",
    re.IGNORECASE,
)
_PLACE_APART = re.compile(rf"[ ]?[(（]\s?(?:{_PLACE.pattern})\s?[)）]", re.IGNORECASE)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
# Behind these a sentence says something else.
_TURNS = re.compile(
    r"[,;]\s+(?:and|but|however|though|while|und|aber|jedoch|et|mais|y|pero|e|ma|mas|en|maar|и|но|але)\b"
    r"|:\s+\S+\s+\S+\s+\S|지만|고,|しかし|が、|但",
    re.IGNORECASE,
)
# What opens a statement: "Based on the documents, ...", "To answer your question: ...".
_OPENINGS = (
    re.compile(r"[^.:;!?：]{1,80}[:：]\s*"),
    re.compile(r"[^.,:;!?，：、]{1,80}[,，]\s*"),
)
_REPLY = re.compile(
    r"\W{0,3}(?:yes|no|yeah|nope|ja|nein|oui|non|sí|sì|si|sim|não|nee|tak|nie|да|нет|так|ні|evet|hayır"
    r"|네|예|아니요|아니오|はい|いいえ|是的|不是|不)[,.!，、。:—–]+\s*",
    re.IGNORECASE,
)
# What follows such a word says something by itself.
MIN_REPLY_CHARS = 12


def _join_expressions(language_by_language: Mapping[str, Iterable[str]]) -> str:
    every = "|".join(part for parts in language_by_language.values() for part in parts)
    return every.replace("^(?:", r"\A\W{0,4}(?:")


def _join_words(words: str) -> str:
    return "|".join(sorted(map(re.escape, words.split()), key=len, reverse=True))


_POINTER = re.compile(_join_expressions(VOCABULARY["pointers"]), re.IGNORECASE)
_NOT_TOLD = re.compile(_join_expressions(VOCABULARY["not_told"]), re.IGNORECASE)
_OF_SOURCES = frozenset(VOCABULARY["words"]["of_sources"].split())
_NAMING_SOURCES = frozenset(VOCABULARY["words"]["naming_sources"].split())
_OF_SOURCES_CJK = re.compile(_join_words(VOCABULARY["words"]["of_sources_cjk"]))
_NAMING_SOURCES_CJK = re.compile(_join_words(VOCABULARY["words"]["naming_sources_cjk"]))


def states_nothing(sentence: str) -> bool:
    """Return whether a sentence, without its marks, says nothing that a passage could hold."""
    bare = _PLACE.sub(" ", sentence)
    if any(sign.isdigit() for sign in bare):
        return False
    if _speaks_of_sources(bare):
        return True
    if _TURNS.search(bare):
        return False
    is_pointer = len(bare) <= MAX_POINTER_CHARS and _POINTER.search(bare)
    return bool(is_pointer or _NOT_TOLD.search(bare))


def remove_opening(sentence: str) -> str:
    """Return a sentence without an opening that speaks of sources or of the answer, or "(page 4)".

    "No, not during probation" says "not" once.
    """
    sentence = _PLACE_APART.sub("", sentence)
    if (reply := _REPLY.match(sentence)) and len(sentence) - reply.end() >= MIN_REPLY_CHARS:
        sentence = sentence[reply.end() :]
    for expression in _OPENINGS:
        opening = expression.match(sentence)
        if opening and opening.end() < len(sentence) and _speaks_of_sources(opening[0]):
            return sentence[opening.end() :]
    return sentence


def _speaks_of_sources(text: str) -> bool:
    if _CJK.search(text):
        rest = _OF_SOURCES_CJK.sub("", text)
        is_named = bool(_NAMING_SOURCES_CJK.search(text))
        return is_named and sum(sign.isalnum() for sign in rest) <= 1
    words = set(_WORD.findall(text.casefold()))
    return words <= _OF_SOURCES and not words.isdisjoint(_NAMING_SOURCES)
