"""Say of passages with rows of a table which of its rows they are, where it has more.

Somebody who adds up the rows of a passage is to know that there are others.
"""

from dataclasses import replace
from uuid import UUID

from aiapp.sql import pool
from aiapp.sql.pool import Query, Row, Statement
from documents.parsing.tabular.markdown import count_rows
from documents.search.passages import Passage

# Line ends before rows and rules, counted by the length that the text loses without them.
_ROWS = "(length(before.text) - length(replace(before.text, E'\\n|', '')))"
_RULES = " + ".join(
    f"(length(before.text) - length(replace(before.text, E'\\n{rule}', ''))) / {len(rule) + 1}"
    for rule in ("| ---", "|---", "| :--", "|:--")
)
# A header and its rule are no rows.
_PARTS = Query(
    f"""
    SELECT asked.n, tables.name, tables.rows, tables.lead, tables.start IS NULL,
           {_ROWS} / 2 - 2 * ({_RULES})
      FROM unnest(%(versions)s::uuid[], %(starts)s::int[], %(ends)s::int[])
           WITH ORDINALITY AS asked (version_id, start, "end", n)
      JOIN LATERAL (
           SELECT number, start, text FROM documents_page
            WHERE version_id = asked.version_id AND start <= asked.start
            ORDER BY start DESC LIMIT 1
           ) page ON true
      JOIN documents_table tables
        ON tables.version_id = asked.version_id AND tables.page = page.number
       AND (tables.start IS NULL OR tables.start < asked."end" AND asked.start < tables."end")
     CROSS JOIN LATERAL (
           SELECT E'\\n' || substr(
                    page.text,
                    greatest(tables.start, page.start) - page.start + 1,
                    greatest(asked.start - greatest(tables.start, page.start), 0)
                  ) AS text
           ) before
     ORDER BY asked.n, tables.number
    """  # noqa: S608 - put together from constants
)


async def note_parts(passages: list[Passage]) -> list[Passage]:
    """Return the passages, those with some rows of a longer table with a note that says so."""
    asked = [each for each in passages if _may_be_part(each)]
    if not asked:
        return passages
    values = {
        "versions": [each.version_id for each in asked],
        "starts": [each.start for each in asked],
        "ends": [each.end for each in asked],
    }
    [rows] = await pool.run(Statement(_PARTS, values))
    notes: dict[UUID, str] = {}
    for row in rows:
        passage = asked[row[0] - 1]
        if note := _describe(row, passage.text):
            notes.setdefault(passage.chunk_id, note)
    return [replace(each, note=notes.get(each.chunk_id, "")) for each in passages]


def _may_be_part(passage: Passage) -> bool:
    return passage.text.startswith("|") or "\n|" in passage.text


def _describe(row: Row, text: str) -> str:
    _, name, count, lead, is_whole_page, before = row
    shown = count_rows(text)
    first = before + 1 - (lead if is_whole_page else 0)
    last = min(first + shown - 1, count)
    first = max(first, 1)
    if last < first or (first == 1 and last == count):
        return ""
    return f"rows {first:,}-{last:,} of {count:,} of table {name}"
