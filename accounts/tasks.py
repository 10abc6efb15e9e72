"""Background work of accounts: mail, data exports, and accounts that are deleted."""

from smtplib import SMTPException
from typing import Any
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.models import User
from accounts.names import settle_names
from accounts.people import data_export, deletion
from aiapp.files import store
from aiapp.files.errors import FilesUnavailable


@shared_task(name="accounts.delete_account")
def delete_account(user_id: str) -> None:
    deletion.delete(UUID(user_id))


@shared_task(name="accounts.export_data")
def export_data(export_id: str) -> None:
    data_export.make(UUID(export_id))


@shared_task(name="accounts.sweep", expires=60)
def sweep() -> None:
    """Queue what a worker has left undone, and take away archives that are a day old."""
    for user_id in User.objects.filter(leaving=True).values_list("pk", flat=True):
        delete_account.apply_async((str(user_id),), expires=60)
    data_export.EXPORT.sweep()
    data_export.sweep()
    settle_names()


@shared_task(
    name=store.DELETION,
    autoretry_for=(FilesUnavailable,),
    retry_backoff=store.RETRY_SECONDS,
    retry_backoff_max=10 * store.RETRY_SECONDS,
    max_retries=None,
)
def delete_file(name: str) -> None:
    """Delete a file that could not be deleted at once: no row names it any more."""
    store.delete_now(name)


@shared_task(
    name="accounts.send_reset_link",
    autoretry_for=(SMTPException, OSError),
    retry_backoff=True,
    max_retries=5,
)
def send_reset_link(user_id: str, language: str) -> None:
    """The link is made here and not passed along, so that it is in no queue."""
    user = User.objects.filter(id=UUID(user_id), is_active=True).first()
    if user is None:
        return
    context: dict[str, Any] = {
        "user": user,
        "uid": urlsafe_base64_encode(force_bytes(user.pk)),
        "token": default_token_generator.make_token(user),
        # Our own address, never the one that a request came to.
        "site_url": settings.SITE_URL,
    }
    with translation.override(language):
        subject = render_to_string("accounts/password_reset_subject.txt", context)
        body = render_to_string("accounts/password_reset_email.txt", context)
    send_mail(" ".join(subject.split()), body, settings.DEFAULT_FROM_EMAIL, [user.email])
