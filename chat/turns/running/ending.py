"""The last write of a turn in one round trip, without a thread: `finishing.finish` as a statement.

It leaves the same rows, which `test_round_trips_write_what_the_orm_writes` compares.
"""

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db.models import Model
from django.utils import timezone
from psycopg.types.json import Jsonb

from aiapp.sql import pool
from aiapp.sql.inserts import InsertMany
from aiapp.sql.pool import Query, Statement
from chat.models import Call, Citation, Turn
from chat.models.indexing import WORDS_ROW, WRITTEN, list_words
from chat.turns.results import Result
from chat.turns.running.finishing import build_citations, fit_columns, join_thoughts, list_flags

# A longer answer is cut into words on a thread, so that nobody waits for it.
CHARS_AT_ONCE = 4_000

# The turn, as long as it is this attempt's. Nothing else is written otherwise, but what a turn
# that was deleted meanwhile has used.
_END = """
    UPDATE chat_turn SET
        state = %(state)s::varchar, finish_reason = %(finish_reason)s::varchar,
        stand_in = %(stand_in)s::varchar, grounded = %(grounded)s::bool, flags = %(flags)s::jsonb,
        prompt = %(prompt)s::jsonb, cached = %(cached)s::bool,
        thought_seconds = %(thought_seconds)s::float,
        prompt_tokens = prompt_tokens + %(prompt_tokens)s::int,
        completion_tokens = completion_tokens + %(completion_tokens)s::int,
        error_code = %(error_code)s::varchar, error_message = %(error_message)s::varchar,
        error_retryable = %(error_retryable)s::bool, finished = statement_timestamp()
    WHERE id = %(turn)s::uuid AND attempt = %(attempt)s::int AND state = 'running'
    RETURNING id
"""
_SETTLE = """
    UPDATE accounts_ledgerentry entry SET
        model = used.model, prompt_tokens = %(all_prompt_tokens)s::bigint,
        completion_tokens = %(all_completion_tokens)s::bigint, settled = %(now)s::timestamptz,
        cost = coalesce((
            SELECT (price.input * %(all_prompt_tokens)s::bigint
                + price.output * %(all_completion_tokens)s::bigint) / 1000000
            FROM accounts_price price WHERE price.model = used.model
        ), 0)
    FROM (
        SELECT id, coalesce(nullif(%(stand_in)s::varchar, ''), model) AS model
        FROM accounts_ledgerentry WHERE turn = %(turn)s::uuid
    ) used
    WHERE entry.id = used.id AND (
        EXISTS (SELECT FROM ended)
        OR NOT EXISTS (SELECT FROM chat_turn WHERE id = %(turn)s::uuid)
    )
"""
_WRITE_ANSWER = """
    UPDATE chat_message SET content = %(content)s::text, tool_calls = %(tool_calls)s::jsonb
    FROM ended WHERE chat_message.id = %(message)s::uuid
"""
_KEEP_THOUGHTS = """
    INSERT INTO chat_thoughts (turn_id, text)
    SELECT ended.id, %(thoughts)s::text FROM ended WHERE %(thoughts)s::text <> ''
"""
_END_ATTEMPT = """
    UPDATE chat_attempt SET
        ended = statement_timestamp(), outcome = %(state)s::varchar,
        prompt_tokens = %(prompt_tokens)s::int, completion_tokens = %(completion_tokens)s::int
    FROM ended WHERE turn_id = ended.id AND number = %(attempt)s::int
"""
# Whether questions wait for this end (`chat.turns.running.following`).
_AWAITED = """EXISTS (
    SELECT FROM chat_nextquestion WHERE conversation_id = %(conversation)s::uuid
)"""


async def end(turn: Turn, result: Result) -> bool:
    """Save the answer, its citations, usage and state at once, as `finishing.finish` does."""
    length = len(result.content) + sum(map(len, result.thoughts_told))
    if length > CHARS_AT_ONCE:
        values = await asyncio.to_thread(_list_values, turn, result)
    else:
        values = _list_values(turn, result)
    [[(is_saved, result.is_awaited, _)]] = await pool.run(Statement(_query(), values))
    return bool(is_saved)


@cache
def _inserts() -> tuple[InsertMany, InsertMany]:
    # A document deleted while the answer was being made leaves its quote and no link.
    there = '(SELECT id FROM documents_version WHERE id = new."version_id")'
    return InsertMany(Citation, "citations", {"version_id": there}), InsertMany(Call, "calls")


@cache
def _query() -> Query:
    citations, calls = _inserts()
    text = f"""
        WITH ended AS ({_END}), settled AS ({_SETTLE}), answer AS ({_WRITE_ANSWER}),
        words AS (
            {WORDS_ROW} FROM ended WHERE %(content)s::text <> ''
            ON CONFLICT (message_id) DO UPDATE SET words = EXCLUDED.words, recipe = EXCLUDED.recipe
        ),
        citations AS ({citations.into} SELECT {citations.row} FROM ended, {citations.rows}),
        calls AS ({calls.into} SELECT {calls.row} FROM ended, {calls.rows}),
        thoughts AS ({_KEEP_THOUGHTS}),
        attempt AS ({_END_ATTEMPT})
        SELECT EXISTS (SELECT FROM ended), {_AWAITED}, {WRITTEN}
    """  # noqa: S608 - put together from constants
    return Query(text)


def _list_values(turn: Turn, result: Result) -> Mapping[str, Any]:
    fit_columns(turn, result)
    citations, calls = _inserts()
    for call in result.calls:
        call.message_id = turn.message_id
    rows: list[Model] = [*build_citations(turn.message_id, result)]
    return {
        "turn": turn.id,
        "attempt": turn.attempt,
        "message": turn.message_id,
        "conversation": turn.message.conversation_id,
        "state": str(result.state),
        "finish_reason": result.finish_reason,
        "stand_in": result.stand_in,
        "grounded": result.grounded,
        "flags": _as_jsonb(list_flags(result)),
        "prompt": _as_jsonb(result.prompt),
        "cached": result.cached,
        "thought_seconds": result.thought_seconds,
        "thoughts": join_thoughts(result),
        "prompt_tokens": result.prompt_tokens,
        "completion_tokens": result.completion_tokens,
        "all_prompt_tokens": turn.prompt_tokens + result.prompt_tokens,
        "all_completion_tokens": turn.completion_tokens + result.completion_tokens,
        "error_code": result.error.get("code", "")[:40],
        "error_message": result.error.get("message", "")[:500],
        "error_retryable": result.error.get("retryable", False),
        "now": timezone.now(),
        "content": result.content,
        "tool_calls": _as_jsonb(result.tool_calls),
        "citations": Jsonb(citations.list_rows(rows)),
        "calls": Jsonb(calls.list_rows(result.calls)),
        **list_words(turn.message_id, turn.message.conversation_id, turn.owner_id, result.content),
    }


def _as_jsonb(value: list[Any]) -> Jsonb | None:
    """Nothing is no list, but null."""
    return Jsonb(value) if value else None
