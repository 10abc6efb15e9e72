"""The last write of a turn: the answer, its citations, what it used and how it ended, at once.

Whatever a model or its server said is made to fit the columns first, since a refused write would
lose an answer that somebody has read already.
"""

import re
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.limits import ledger
from aiapp.db import is_outage
from aiapp.text.columns import MAX_CHARS as MAX_COLUMNS_CHARS
from chat.models import Attempt, Call, Citation, Message, Thoughts, Turn
from chat.turns.results import Result
from documents.models import Version

# PostgreSQL keeps neither NUL nor half a character.
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
# What an integer column holds.
MAX_COUNT = 2**31 - 1


def finish(turn: Turn, result: Result) -> bool:
    """Save the answer, its citations, usage and state at once.

    False if the turn is no longer this attempt's: it was taken over, ended or deleted.
    Raises a DatabaseError.
    """
    fit_columns(turn, result)
    return _save(turn, result)


def finish_with_text_alone(turn: Turn, result: Result) -> bool:
    """Save the answer's text and the end, of an outcome that the database refuses as a whole.

    Where it refuses the text as well the turn fails, so that it has an end in any case. Raises an
    OperationalError while the database is away.
    """
    result.citations, result.calls, result.tool_calls = [], [], []
    result.flags, result.prompt, result.stand_in = [], [], ""
    result.thoughts_told = []
    try:
        return finish(turn, result)
    except (DatabaseError, ValueError) as error:
        if is_outage(error):
            # It was not the text that was refused, and it is saved when the database is back.
            raise
        result.state, result.content = Turn.State.FAILED, ""
        result.prompt_tokens = result.completion_tokens = 0
        result.error = {
            "code": "answer_not_saved",
            "message": "The answer could not be saved. Try again.",
            "retryable": True,
        }
        return finish(turn, result)


def fit_columns(turn: Turn, result: Result) -> None:
    """Make everything that comes from outside fit the columns that it goes into."""
    result.content = _NOT_TEXT.sub("", result.content)
    result.finish_reason = _NOT_TEXT.sub("", result.finish_reason)[:20]
    result.stand_in = _NOT_TEXT.sub("", result.stand_in)[:200]
    result.tool_calls, result.prompt = _clean(result.tool_calls), _clean(result.prompt)
    result.citations, result.error = _clean(result.citations), _clean(result.error)
    result.prompt_tokens = _bound_count(result.prompt_tokens, turn.prompt_tokens)
    result.completion_tokens = _bound_count(result.completion_tokens, turn.completion_tokens)
    for call in result.calls:
        call.call_id, call.name = call.call_id[:100], call.name[:100]
        for name in ("call_id", "name", "arguments", "result"):
            setattr(call, name, _NOT_TEXT.sub("", getattr(call, name)))


def _bound_count(count: int, before: int) -> int:
    """A count of tokens that can be added to what the turn has used before."""
    return min(max(count, 0), MAX_COUNT - before)


def _clean(value: Any) -> Any:
    """Return JSON without what a text in the database cannot hold."""
    match value:
        case str():
            return _NOT_TEXT.sub("", value)
        case dict():
            return {key: _clean(each) for key, each in value.items()}
        case list():
            return [_clean(each) for each in value]
    return value


def _save(turn: Turn, result: Result) -> bool:
    with transaction.atomic():
        is_saved = Turn.objects.filter(
            id=turn.id, attempt=turn.attempt, state=Turn.State.RUNNING
        ).update(
            state=result.state,
            finish_reason=result.finish_reason,
            stand_in=result.stand_in,
            grounded=result.grounded,
            flags=list_flags(result) or None,
            prompt=result.prompt or None,
            cached=result.cached,
            thought_seconds=result.thought_seconds,
            prompt_tokens=F("prompt_tokens") + result.prompt_tokens,
            completion_tokens=F("completion_tokens") + result.completion_tokens,
            error_code=result.error.get("code", "")[:40],
            error_message=result.error.get("message", "")[:500],
            error_retryable=result.error.get("retryable", False),
            finished=Now(),
        )
        tokens = (
            turn.prompt_tokens + result.prompt_tokens,
            turn.completion_tokens + result.completion_tokens,
        )
        if not is_saved:
            if not Turn.objects.filter(id=turn.id).exists():
                # Deleted meanwhile, and used all the same.
                ledger.settle(turn.id, *tokens, model=result.stand_in)
            return False
        ledger.settle(turn.id, *tokens, model=result.stand_in)
        Message.objects.filter(id=turn.message_id).update(
            content=result.content, tool_calls=result.tool_calls or None
        )
        if thoughts := join_thoughts(result):
            Thoughts.objects.create(turn=turn, text=thoughts)
        Citation.objects.bulk_create(_unlink_deleted(build_citations(turn.message_id, result)))
        for call in result.calls:
            call.message_id = turn.message_id
        Call.objects.bulk_create(result.calls)
        Attempt.objects.filter(turn=turn, number=turn.attempt).update(
            ended=Now(),
            outcome=result.state,
            prompt_tokens=result.prompt_tokens,
            completion_tokens=result.completion_tokens,
        )
    return True


def list_flags(result: Result) -> list[dict[str, Any]]:
    """Return what the guards found, as JSON that a column holds."""
    return [_clean(each.as_json()) for each in result.flags]


def join_thoughts(result: Result) -> str:
    """Return what was thought for an answer as a column holds it."""
    return _NOT_TEXT.sub("", "".join(result.thoughts_told)).strip()


def build_citations(message_id: UUID, result: Result) -> list[Citation]:
    """Return the rows of an answer's citations, unsaved."""
    return [
        Citation(
            message_id=message_id,
            version_id=citation["version"],
            document_title=citation["title"],
            **{k: citation[k] for k in ("n", "page", "start", "end", "quote", "similarity")},
            supported=citation["supported"],
            support=citation["support"],
            address=citation["address"],
            columns=citation["columns"][:MAX_COLUMNS_CHARS],
            other_documents=[str(each) for each in citation["other_documents"]] or None,
        )
        for citation in result.citations
    ]


def _unlink_deleted(citations: list[Citation]) -> list[Citation]:
    """Have a document that was deleted while the answer was made leave its quote and no link."""
    named = [each.version_id for each in citations if each.version_id is not None]
    existing = set(
        Version.objects.filter(id__in=named).values_list("id", flat=True) if named else ()
    )
    for citation in citations:
        if citation.version_id not in existing:
            citation.version_id = None
    return citations
