"""Stems of words, and pairs of characters where words have no stems.

The stemmer takes off the endings of English that change most often, after the first steps of
Porter (1980). Korean, Japanese and Chinese have no such endings to rely on, so their words count
as overlapping pairs of characters, as they do in search.
"""

import re
import unicodedata

CJK = "\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
CJK_RUN = re.compile(f"[{CJK}]+")
HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")
ENDINGS = (("ies", "y"), ("ied", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""), ("ly", ""))
MIN_STEM_CHARS = 3


def stem(word: str) -> str:
    """The stem of a word in lower case, without accents."""
    word = word.replace("’", "'").removesuffix("'s")
    bare = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    for ending, instead in ENDINGS:
        cut = len(bare) - len(ending)
        if (
            bare.endswith(ending)
            and cut + len(instead) >= MIN_STEM_CHARS
            and not bare.endswith("ss")
        ):
            bare = bare[:cut] + instead
            break
    if len(bare) > MIN_STEM_CHARS and bare[-1] == bare[-2] and bare[-1] not in "aeiouls":
        bare = bare[:-1]
    return bare.removesuffix("e") if len(bare) > MIN_STEM_CHARS else bare


def pairs(run: str) -> set[str]:
    return {run[at : at + 2] for at in range(len(run) - 1)} or {run}
