"""The rules by which a turn may send words out of the house without asking its user.

What a model sends is chosen from everything that it has been given, and by whoever had a word in
it. So a call that leaves the house is made at once only while the turn holds nothing but the
question that its user wrote here: nothing that others wrote, and nothing else of the user's. A tool
of another server leaves the house also where it only reads.

The description of a tool of another server is that server's word. It may ask for nothing but the
question, which it would be sent anyway, and it has no say in what goes to anybody else.
"""

from collections.abc import Iterable

from chat.tools.base import Kind, Tool
from chat.turns.question import TurnQuestion
from chat.turns.results import Result
from documents.search import Passage


def has_read_others(question: TurnQuestion, passages: Iterable[Passage], result: Result) -> bool:
    """Check whether a turn begins with what somebody else may have written.

    An earlier answer may carry the words of a document, notes those of any earlier message, a fact
    those of whoever got it learned; a question that looks like orders may have been copied.
    """
    return bool(
        question.foreign
        or question.notes
        or question.facts
        or question.calls
        or question.pictures
        or list(passages)
        or result.flags
        or any(message["role"] == "assistant" for message in question.history)
    )


def needs_consent(
    tool: Tool, question: TurnQuestion, tools: Iterable[Tool], *, tainted: bool
) -> bool:
    """Check whether a call waits for its user's word. `tools` are all that the turn offers."""
    if tool.kind is not Kind.OUTWARD:
        return tool.kind is Kind.WRITE
    if not tool.asks():
        return False
    strangers = {other.server for other in tools if other.server and other.server != tool.server}
    # Ours are described by us, so that nothing asks a model to send them the user's instructions.
    tells_more = bool(tool.server and (question.instructions or question.history))
    return tainted or tells_more or bool(strangers)
