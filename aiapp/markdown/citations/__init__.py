"""Citation marks: ours, `[1]` or `[1, 2]`, and those that models write instead.

    own            our own marks, in a text that is finished
    foreign        another form at a place of a text, as numbers
    vocabulary     the words by which marks are told from text

A model is asked for `[1]` and writes what it was trained on: 【1】, 【1†source】, [^1], [Source 1],
[citation:1], [1-3], (1), ¹. Only numbers of passages that the model was shown are marks; whatever
else stands in brackets is text. Where a form has other uses, as (1) numbers the items of a list,
the words around it decide, and in doubt it is text.
"""

from aiapp.markdown.citations.foreign import (
    BRACKETS,
    MAX_MARK,
    PARENTHESES,
    RAISED,
    START,
    CitationMark,
    match_mark_at,
)
from aiapp.markdown.citations.own import MARK, is_index, marks, numbers_of, remove_marks

__all__ = [
    "BRACKETS",
    "MARK",
    "MAX_MARK",
    "PARENTHESES",
    "RAISED",
    "START",
    "CitationMark",
    "is_index",
    "marks",
    "match_mark_at",
    "numbers_of",
    "remove_marks",
]
