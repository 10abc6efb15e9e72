"""An account that is deleted by its holder, with all that belongs to it.

The account is switched off at once, which ends its sessions, tokens, keys, streams and sockets;
what it owns is taken away by a worker. What other applications keep for a user they take away
themselves, by a function that they have registered here.
"""

import logging
from collections.abc import Callable
from uuid import UUID

from celery import current_app
from django.db import transaction

from accounts import audit
from accounts.models import User
from aiapp.errors import Conflict
from aiapp.sql.deletion import delete_rows

logger = logging.getLogger(__name__)

_farewells: list[Callable[[User], None]] = []


def on_leaving(farewell: Callable[[User], None]) -> None:
    """Have a function called for each user who is about to be deleted; the last one first."""
    _farewells.insert(0, farewell)


def leave(user: User) -> None:
    """Switch the account off and have it deleted. Raises Conflict for the last administrator."""
    with transaction.atomic():
        administrators = User.objects.filter(is_superuser=True, is_active=True)
        # The lock orders two administrators who leave at the same time.
        others = {each.pk for each in administrators.select_for_update()} - {user.pk}
        if user.is_superuser and not others:
            raise Conflict(
                "You are the only administrator. Make somebody else one first.",
                code="last_administrator",
            )
        user.is_active = False
        user.leaving = True
        user.save(update_fields=["is_active", "leaving"])
        audit.record(audit.Action.ACCOUNT_DELETED, user)
        task = current_app.signature("accounts.delete_account", (str(user.pk),))
        transaction.on_commit(task.apply_async)


def delete(user_id: UUID) -> None:
    """Take away what an account that is leaving has, then the account. May be called again."""
    user = User.objects.filter(pk=user_id, leaving=True).first()
    if user is None:
        return
    for farewell in _farewells:
        farewell(user)
    delete_rows(user)
    logger.info("account_deleted")
