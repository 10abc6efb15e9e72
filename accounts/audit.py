"""The audit log: who did what to which thing, from where and when; no content and no secrets."""

import logging
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import Model
from django.db.models.signals import post_save
from django.http import HttpRequest

from accounts.models import AuditEntry, User
from accounts.names import find_account
from aiapp.http.requests import find_address

logger = logging.getLogger(__name__)

Action = AuditEntry.Action


def record(
    action: AuditEntry.Action,
    user: User | None,
    thing: Model | None = None,
    request: HttpRequest | None = None,
    object_id: str = "",
) -> None:
    """Note it in the database, in the transaction of what is noted, and in the log."""
    entry = AuditEntry.objects.create(
        user=user,
        username=user.username if user else "",
        action=action,
        kind=thing._meta.label_lower if thing is not None else "",
        object_id=object_id or (str(thing.pk) if thing is not None else ""),
        address=find_address(request)[:45] if request is not None else "",
    )
    facts = {"action": action.value, "user": str(user.pk) if user else "", "entry": entry.pk}
    logger.info("audit", extra=facts)


def listen() -> None:
    """Note sign-ins, sign-outs and what is done in the administration."""
    user_logged_in.connect(_record_sign_in, dispatch_uid="audit")
    user_logged_out.connect(_record_sign_out, dispatch_uid="audit")
    user_login_failed.connect(_record_refusal, dispatch_uid="audit")
    post_save.connect(_record_administration, sender=LogEntry, dispatch_uid="audit")


def _record_sign_in(request: HttpRequest, user: User, **_: Any) -> None:
    record(Action.SIGN_IN, user, request=request)


def _record_sign_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        record(Action.SIGN_OUT, user, request=request)


def _record_refusal(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    # Of a name that nobody has nothing is kept: people type passwords into that field.
    user = find_account(str(credentials.get("username", "")))
    record(Action.SIGN_IN_REFUSED, user, request=request)


def _record_administration(instance: LogEntry, created: bool, **_: Any) -> None:
    if not created:
        return
    kind = instance.content_type
    thing = kind.model_class() if kind else None
    record(
        Action.ADMINISTERED,
        User.objects.filter(pk=instance.user_id).first(),
        thing() if thing else None,
        object_id=str(instance.object_id or ""),
    )
