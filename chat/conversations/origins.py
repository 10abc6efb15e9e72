"""The origin of a question that is asked in place of another, as an edited one is."""

from collections.abc import Sequence

from chat.models import Conversation, Message, Origin
from documents.text.words import words

# So many words in a row that a question has in common with another one are of that one.
SAME_RUN = 4
# With how many that it may have been made from a question is compared, the newest first.
MAX_BESIDE = 8


def origin_beside(conversation: Conversation, parent: Message | None, content: str) -> Origin:
    """Return whose words a question is that follows `parent` as others do.

    Its asker's, once little of what somebody else wrote there is left: their text with another
    word in it still says what they wanted said.
    """
    there = Message.objects.filter(conversation=conversation, parent=parent, role=Message.Role.USER)
    foreign = there.exclude(origin=Origin.OWN).order_by("-id").values_list("content", "origin")
    asked: list[str] | None = None
    for other, origin in foreign[:MAX_BESIDE]:
        asked = words(content) if asked is None else asked
        if _is_much_the_same(asked, words(other)):
            return Origin(origin)
    return Origin.OWN


def _is_much_the_same(asked: Sequence[str], other: Sequence[str]) -> bool:
    known = set(other)
    if 2 * sum(word in known for word in asked) >= len(asked):
        return True
    size = min(SAME_RUN, len(other)) or 1
    return not _runs(other, size).isdisjoint(_runs(asked, size))


def _runs(said: Sequence[str], size: int) -> set[tuple[str, ...]]:
    """Return all runs of so many words."""
    return {tuple(said[n : n + size]) for n in range(len(said) - size + 1)}
