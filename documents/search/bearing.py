"""Judge from the scores of a search whether a question is about the documents at all.

Who asks why the sky is blue wants no passages, however near some of them come. Three signs are
weighed against the size of what was searched, since among more chunks chance finds more:

- the similarity of the nearest chunk;
- the weight of the telling words (`documents.text.telling`) that stand together in one chunk. It is
  a logarithm of how rare they are, so that words which would stand together by chance in one of n
  chunks weigh about ln n;
- the share which that is of all telling words, those included that no chunk holds.

docs/retrieval.md has the rates of both mistakes, and docs/adr/0033 how the numbers were found.
"""

import math
from dataclasses import dataclass
from enum import StrEnum


class Bearing(StrEnum):
    """The bearing of passages on a question."""

    # A model is better off without them.
    NONE = "none"
    # They may: a model gets them, and need not use them.
    PERHAPS = "perhaps"
    # An answer is expected to rest on them.
    SURE = "sure"


# Of the sum of signs where similarities are known.
MIN_PERHAPS, MIN_SURE = 0.22, 0.52
WORD_WEIGHT, MAX_WEIGHED = 0.03, 20.0
SHARE_WEIGHT = 0.1
# Of the logarithm of the number of chunks, as far as that was measured: to 19,000.
CHUNKS_WEIGHT, MAX_CHUNKS = 0.05, 10.0
# What it adds that somebody asks about us, our rules and what they may do.
OWN_WEIGHT = 0.15
# Where words decide alone: their weight beyond that of chance, and for the upper bound their share.
MIN_WORDS_PERHAPS, MIN_WORDS_SURE, MIN_SHARE_SURE = -1.5, 16.0, 0.4


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of a search. `similarity` is None where it means nothing."""

    similarity: float | None
    # Of the telling words in the chunk that holds most of them, and of all.
    telling: float
    telling_whole: float
    # In all that was searched.
    chunks: int
    # Whether the question is about the house of the person who asks.
    about_us: bool = False


def judge(signs: Signs) -> Bearing:
    share = signs.telling / signs.telling_whole if signs.telling_whole else 0.0
    by_chance = math.log(1 + signs.chunks)
    if signs.similarity is None:
        return _judge_words(signs.telling, share, by_chance)
    score = (
        signs.similarity
        + WORD_WEIGHT * min(signs.telling, MAX_WEIGHED)
        + SHARE_WEIGHT * share
        - CHUNKS_WEIGHT * min(by_chance, MAX_CHUNKS)
    )
    if score >= MIN_SURE:
        return Bearing.SURE
    perhaps = score + (OWN_WEIGHT if signs.about_us else 0.0) >= MIN_PERHAPS
    return Bearing.PERHAPS if perhaps else Bearing.NONE


def _judge_words(telling: float, share: float, by_chance: float) -> Bearing:
    beyond_chance = telling - by_chance
    if beyond_chance >= MIN_WORDS_SURE and share >= MIN_SHARE_SURE:
        return Bearing.SURE
    return Bearing.PERHAPS if beyond_chance >= MIN_WORDS_PERHAPS and telling else Bearing.NONE
