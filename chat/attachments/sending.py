"""Pictures of messages: tied to a question when it is sent, and brought along for its answer."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.conf import settings

from accounts.models import User
from aiapp.errors import InvalidInput, NotFound
from aiapp.llm.base import ModelInfo, Picture
from chat.models import Attachment, Message

MAX_IMAGES = 8

_Link = Attachment.messages.through


def tie(user: User, wanted: Mapping[UUID, Sequence[UUID]]) -> bool:
    """Have messages, by their ids, show attachments; whether any does.

    Raises NotFound or InvalidInput.
    """
    ids = {each for attachments in wanted.values() for each in attachments}
    if not ids:
        return False
    if any(len(attachments) > MAX_IMAGES for attachments in wanted.values()):
        raise InvalidInput(
            f"A question has at most {MAX_IMAGES} pictures.", code="too_many_attachments"
        )
    if Attachment.objects.filter(owner=user, id__in=ids).count() < len(ids):
        raise NotFound("There is no such attachment.")
    _Link.objects.bulk_create(
        _Link(message_id=message, attachment_id=attachment)
        for message, attachments in wanted.items()
        for attachment in dict.fromkeys(attachments)
    )
    return True


def of_message(message: Message) -> list[UUID]:
    return list(message.attachments.values_list("id", flat=True))


def of_branch(branch: Sequence[UUID], model: ModelInfo) -> dict[UUID, list[Picture]]:
    """The pictures of a branch's messages, by the messages' ids, which it consists of.

    A model that sees is shown those of the last message and the newest of those before.
    """
    rows = list(
        _Link.objects.filter(message__in=branch)
        .order_by("message_id", "attachment_id")
        .values_list("message_id", "attachment_id", "attachment__filename", "attachment__text")
    )
    if not rows:
        return {}
    last = branch[-1]
    own = [attachment for message, attachment, *_ in rows if message == last]
    others = [attachment for message, attachment, *_ in rows if message != last]
    again = others[-settings.MEMORY_PICTURES :] if settings.MEMORY_PICTURES else []
    urls = _urls([*own, *again]) if model.vision else {}
    found: dict[UUID, list[Picture]] = {}
    for message, attachment, name, text in rows:
        picture = Picture(name=name, url=urls.get(attachment, ""), text=text)
        found.setdefault(message, []).append(picture)
    return found


def check(pictures: Iterable[Picture], model: ModelInfo) -> None:
    """Before anything is sent: a model that cannot see needs the words of a question's pictures."""
    if not model.vision and any(picture.text is None for picture in pictures):
        raise InvalidInput(
            f"{model.name} cannot see pictures. Choose a model that can, or have the words in them"
            " read and sent instead.",
            code="model_cannot_see",
        )


def _urls(ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = Attachment.objects.filter(id__in=ids).values_list("id", "media_type", "data")
    return {
        id: f"data:{media_type};base64,{base64.b64encode(data).decode()}"
        for id, media_type, data in rows
    }
