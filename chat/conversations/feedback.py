"""People's feedback on answers."""

from aiapp.errors import InvalidInput
from chat.models import Feedback, Message

REASON_CHARS = 1000


def rate(message: Message, rating: str, reason: str = "") -> None:
    """Keep an opinion of an answer in place of an earlier one; `rating` is up or down.

    Raises InvalidInput for a message that is no answer.
    """
    if message.role != Message.Role.ASSISTANT:
        raise InvalidInput("Only an answer can be rated.", code="not_an_answer")
    Feedback.objects.update_or_create(
        message=message,
        defaults={"rating": Feedback.Rating(rating), "reason": _clean(reason)},
    )


def take_back(message: Message) -> None:
    Feedback.objects.filter(message=message).delete()


def _clean(reason: str) -> str:
    return reason.replace("\x00", "").strip()[:REASON_CHARS]
