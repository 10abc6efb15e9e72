"""Which passages an answer used, and whether they say what it says.

A model marks what it took with [n]. A sentence is held to be supported by the passage it cites
when at least `SUPPORT` of its words are in the passage and all of its numbers are: the token
K-precision of Adlakha et al. (2024), with the number rule added, since figures are what people
check. It reads words, not meaning: a paraphrase may be called unsupported.

A model that marks nothing - the packaged one never does - gets the passages that its sentences
share most with, or, when they share too little, all that it was given.
"""

import re
from collections.abc import Sequence

from chat.results import Cited
from documents.search import Passage

MARK = re.compile(r"\[(\d{1,2}(?:\s*,\s*\d{1,2})*)\]")
SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|\n+")
WORD = re.compile(r"[^\W_]+", re.UNICODE)
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
SUPPORT = 0.7
SHARE = 0.5
SHORTEST_WORD = 3


def cite(answer: str, passages: Sequence[Passage]) -> list[Cited]:
    """The citations of an answer, in the order of their numbers."""
    marked = _marked(answer, len(passages))
    if marked:
        return [
            _cited(n, passages[n - 1], supported=any(_supports(s, passages[n - 1]) for s in said))
            for n, said in sorted(marked.items())
        ]
    numbers = _closest(answer, passages) or range(1, len(passages) + 1)
    return [_cited(n, passages[n - 1], supported=None) for n in numbers]


def _marked(answer: str, count: int) -> dict[int, list[str]]:
    """For each passage that the answer cites, the sentences that do."""
    sentences: dict[int, list[str]] = {}
    for sentence in SENTENCE.split(answer):
        for mark in MARK.findall(sentence):
            for number in map(int, mark.split(",")):
                if 1 <= number <= count:
                    sentences.setdefault(number, []).append(MARK.sub("", sentence))
    return sentences


def _closest(answer: str, passages: Sequence[Passage]) -> list[int]:
    said = _words(answer)
    return [
        n
        for n, passage in enumerate(passages, 1)
        if said and len(said & _words(passage.text)) / len(said) >= SHARE
    ]


def _supports(sentence: str, passage: Passage) -> bool:
    said, there = _words(sentence), _words(passage.text)
    numbers = {number.replace(",", "") for number in NUMBER.findall(sentence)}
    known = {number.replace(",", "") for number in NUMBER.findall(passage.text)}
    return bool(said) and numbers <= known and len(said & there) / len(said) >= SUPPORT


def _words(text: str) -> set[str]:
    return {word for word in WORD.findall(text.lower()) if len(word) >= SHORTEST_WORD}


def _cited(n: int, passage: Passage, *, supported: bool | None) -> Cited:
    return Cited(
        n=n,
        document=passage.document_id,
        version=passage.version_id,
        title=passage.title,
        page=passage.page,
        start=passage.start,
        end=passage.end,
        quote=passage.text,
        similarity=passage.similarity,
        supported=supported,
    )
