"""The logs of turns that are deleted, which hold what was said and quoted: taken away with them."""

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from redis.exceptions import RedisError

from aiapp.redis import sync_redis
from chat.log import stream
from chat.models import Conversation, Turn

logger = logging.getLogger(__name__)


def forget_logs(sender: type[Conversation], instance: Conversation, **kwargs: Any) -> None:
    """Take the logs of a conversation's turns away with it, however it is deleted.

    To be called while its turns are still there.
    """
    turns = Turn.objects.filter(message__conversation=instance)
    if turn_ids := list(turns.values_list("pk", flat=True)):
        transaction.on_commit(partial(_forget, turn_ids))


def _forget(turn_ids: Sequence[UUID]) -> None:
    try:
        with sync_redis() as client:
            client.delete(*map(stream.key, turn_ids))
    except (RedisError, OSError) as error:
        # They lapse by themselves, within the time for which logs are kept.
        logger.warning("logs_not_forgotten", extra={"reason": type(error).__name__})
