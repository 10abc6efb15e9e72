"""The last write of a turn: the answer, its citations, what it used and how it ended, at once."""

from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts import ledger
from chat.models import Attempt, Call, Citation, Message, Turn
from chat.results import Result
from documents.models import Version


def finish(turn: Turn, result: Result) -> bool:
    """Save the answer, its citations, usage and state at once.

    False if the turn is no longer this attempt's: it was taken over, ended or deleted.
    """
    with transaction.atomic():
        saved = Turn.objects.filter(
            id=turn.id, attempt=turn.attempt, state=Turn.State.RUNNING
        ).update(
            state=result.state,
            finish_reason=result.finish_reason,
            stand_in=result.stand_in,
            grounded=result.grounded,
            flags=[each.as_json() for each in result.flags] or None,
            prompt=result.prompt or None,
            cached=result.cached,
            prompt_tokens=F("prompt_tokens") + result.prompt_tokens,
            completion_tokens=F("completion_tokens") + result.completion_tokens,
            error_code=result.error.get("code", ""),
            error_message=result.error.get("message", "")[:500],
            error_retryable=result.error.get("retryable", False),
            finished=Now(),
        )
        used = (
            turn.prompt_tokens + result.prompt_tokens,
            turn.completion_tokens + result.completion_tokens,
        )
        if not saved:
            if not Turn.objects.filter(id=turn.id).exists():
                # Deleted meanwhile, and used all the same.
                ledger.settle(turn.id, *used, model=result.stand_in)
            return False
        ledger.settle(turn.id, *used, model=result.stand_in)
        Message.objects.filter(id=turn.message_id).update(
            content=result.content.replace("\x00", ""), tool_calls=result.tool_calls or None
        )
        Citation.objects.bulk_create(_citations(turn.message_id, result))
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


def _citations(message_id: UUID, result: Result) -> list[Citation]:
    """A document deleted while the answer was being made leaves its quote and no link."""
    wanted = [cited["version"] for cited in result.citations]
    there = set(
        Version.objects.filter(id__in=wanted).values_list("id", flat=True) if wanted else ()
    )
    return [
        Citation(
            message_id=message_id,
            version_id=cited["version"] if cited["version"] in there else None,
            document_title=cited["title"],
            **{k: cited[k] for k in ("n", "page", "start", "end", "quote", "similarity")},
            supported=cited["supported"],
            support=cited["support"],
        )
        for cited in result.citations
    ]
