"""The words of questions and sentences as they are compared: stems, pairs, numbers."""

import re
from functools import lru_cache

from aiapp.text.normal_form import normalize
from aiapp.text.stems import CJK, CJK_RUN, pairs, stem
from aiapp.text.vocabulary import FUNCTION

_WORD = re.compile(rf"[{CJK}]+|\d[\d,.'’]*|[^\W\d_{CJK}]+(?:['’][^\W\d_{CJK}]+)?")
_MARKS = re.compile(r"[,'’]|\.(?!\d)")
# What asks, and what every question has, says nothing about what is asked.
_ASKING = """
tell please list name give show explain describe find know mention mentioned document documents
file report according based information question following answer much many long far often did does
kind type
"""
_SILENT = frozenset(FUNCTION.split()) | frozenset(_ASKING.split())
# Of Korean, Japanese and Chinese: pairs that ask, and endings.
_ASKING_PAIRS = """
무엇 엇인 엇을 인가 가요 는가 은가 나요 까요 니까 습니 합니 입니 하는 있는 되는 어떤 어떻
떻게 누구 구인 언제 제인 어디 디에 얼마 얼마 몇개 왜인 대해 대한 에서 으로 하여 알려 려주
주세 세요 이며 이고 설명 것은 것인 인지 는지 하나 되나 합니 です ます した され ですか すか
ました とは どの どこ いつ 何で は何 なに ください 什么 怎么 哪些 多少 是多 谁是 何时 如何 哪里
"""
_SILENT_PAIRS = frozenset(_ASKING_PAIRS.split())
# Shorter than any sentence that a person wrote without breaks.
_MAX_CHARS = 4_000


def words(text: str) -> list[str]:
    """The words of a text in their order, without those that say nothing alone."""
    found: list[str] = []
    for word in _WORD.findall(normalize("NFKC", text[:_MAX_CHARS]).casefold()):
        if CJK_RUN.fullmatch(word):
            found += sorted(pairs(word) - _SILENT_PAIRS)
        elif word[0].isdigit():
            found.append(_MARKS.sub("", word))
        elif word not in _SILENT and (len(word) > 1 or not word.isascii()):
            found.append(stem(word))
    return found


@lru_cache(maxsize=4_096)
def terms(text: str) -> frozenset[str]:
    return frozenset(words(text))
