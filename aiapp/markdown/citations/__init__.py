"""Citation marks: ours, `[1]` or `[1, 2]`, and those that models write instead.

    own            our own marks, in a text that is finished
    foreign        another form at a place of a text, as numbers
    raised         those above the line and in circles
    markup         those that are elements or commands
    unfinished     what may become a mark, where a text is still being written
    private        those that name a vendor's own sources
    numbers        the numbers in a mark, and what stands beside them
    around         the words around a mark
    vocabulary     the words by which marks are told from text

A model is asked for `[1]` and writes what it was trained on: 【1】, 【1†source】, [^1], [Source 1],
[citation:1], [1-3], (1), ¹, ①, `<co: 1>…</co: 1>`. Only numbers of passages that the model was
shown are marks; whatever else stands in brackets is text. Where a form has other uses, as (1)
numbers the items of a list, the words around it decide, and in doubt it is text.
"""

from aiapp.markdown.citations.around import RAISED
from aiapp.markdown.citations.foreign import PARENTHESES, match_mark_at
from aiapp.markdown.citations.numbers import MAX_RANGE, CitationMark
from aiapp.markdown.citations.own import MARK, is_index, marks, numbers_of, remove_marks
from aiapp.markdown.citations.private import PrivateMarks
from aiapp.markdown.citations.raised import CIRCLED

__all__ = [
    "CIRCLED",
    "MARK",
    "MAX_RANGE",
    "PARENTHESES",
    "RAISED",
    "CitationMark",
    "PrivateMarks",
    "is_index",
    "marks",
    "match_mark_at",
    "numbers_of",
    "remove_marks",
]
