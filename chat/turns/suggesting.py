"""After an answer: have its chat named, and questions suggested to go on with."""

from chat.models import Turn
from chat.suggestions import suggesting
from chat.suggestions.suggesting import Exchange
from chat.turns.question import TurnQuestion
from chat.turns.results import Result


def suggest_soon(question: TurnQuestion, result: Result) -> None:
    """Begin to suggest what is wanted, if the answer is a whole one that nobody tried to steer."""
    turn = question.turn
    is_whole = result.state == Turn.State.DONE and bool(result.content) and not result.tool_calls
    if turn.request is not None or not is_whole:
        return
    is_steered = any(flag.source in {"passage", "tool"} for flag in result.flags)
    suggesting.start(
        Exchange(
            owner=question.owner,
            conversation=turn.message.conversation_id,
            turn=turn.id,
            message=turn.message_id,
            model=turn.model,
            question=question.content,
            answer=result.content,
            title=question.names_chat and not is_steered,
            # Who has asked on already needs no suggestion.
            questions=question.suggests and not (is_steered or result.cached or result.is_awaited),
        )
    )
