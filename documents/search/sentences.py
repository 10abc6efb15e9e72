"""Passages from the beginning of a sentence to the end of one.

Chunks are cut where they are full. Who is given whole chunks beside each other does not mind; who
quotes a sentence needs all of it.
"""

from collections.abc import Sequence
from dataclasses import replace

from aiapp.sql import pool
from aiapp.sql.pool import Query, Statement
from aiapp.text.segments import split
from documents.search.passages import Passage

# How far the rest of a sentence is looked for, on the page of its passage.
CHARS = 600
_AROUND = Query(
    """
    SELECT substr(text, greatest(%(first)s::int8 - start, 0)::int4 + 1,
                  (%(behind)s::int8 - greatest(%(first)s::int8, start))::int4),
           greatest(%(first)s::int8, start), start
      FROM documents_page
     WHERE version_id = %(version)s::uuid AND start <= %(at)s::int8
     ORDER BY start DESC
     LIMIT 1
    """
)


async def complete_sentences(passages: Sequence[Passage]) -> list[Passage]:
    """The passages, each with the rest of the sentences that it begins and ends within.

    They were read with their reader's rights, and what is added stands on the same page. What a
    curator wrote stays as it is.
    """
    if not passages:
        return []
    statements = [
        Statement(
            _AROUND,
            {
                "version": passage.version_id,
                "at": passage.start,
                "first": passage.start - CHARS,
                "behind": passage.end + CHARS,
            },
        )
        for passage in passages
    ]
    found = await pool.run(*statements)
    return [
        _complete(passage, *rows[0]) if rows else passage
        for passage, rows in zip(passages, found, strict=True)
    ]


def _complete(passage: Passage, text: str, first: int, page_start: int) -> Passage:
    start, end = passage.start - first, passage.end - first
    if text[start:end] != passage.text:
        return passage
    for segment in split(text):
        is_cut_off = segment.start == 0 and first > page_start
        if segment.start < start < segment.end and not is_cut_off:
            start = segment.start
        goes_on = segment.end == len(text.rstrip()) and len(text) == passage.end + CHARS - first
        if segment.start < end < segment.end and not goes_on:
            end = segment.end
    return replace(passage, start=first + start, end=first + end, text=text[start:end])
