"""Credentials that API clients show in place of a user: refresh tokens and keys."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from aiapp.ids import uuid7
from aiapp.text.fields import NameField


class RefreshSession(models.Model):
    """One refresh token, by its hash. Each use replaces it by the next one of its family.

    simplejwt's own rotation lets concurrent refreshes of one token make as many successors; here
    a token has one successor. A late second use, or one by another client, means that two
    parties hold the token, and revokes the whole family (`accounts.credentials.tokens`).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="refresh_sessions")
    family = models.UUIDField(default=uuid.uuid4, db_index=True)
    token_hash = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True)
    # The client that used it, by a hash of how it names itself.
    used_by = models.CharField(max_length=64, blank=True, default="", db_default="")
    revoked = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created"]

    def __str__(self) -> str:
        return f"{self.user} {self.created:%Y-%m-%d %H:%M}"


class ApiKey(models.Model):
    """A secret that a program shows in place of its user, for some of what the user may do.

    Only its hash is kept. It ends with its user's password, as every credential does.
    """

    class Scope(models.TextChoices):
        """The operations that each opens are in the table of docs/api.md."""

        CHAT = (
            "chat",
            _(
                "ask questions, with answers and summaries that quote any document you can open;"
                " read, change and delete your chats; transcribe recordings"
            ),
        )
        TOOLS_CONFIRM = (
            "tools:confirm",
            _("approve or decline what a tool wants to do on your behalf"),
        )
        MEMORY = (
            "memory",
            _("read, change and delete what is remembered about you, and read full prompts"),
        )
        DOCUMENTS_READ = "documents:read", _("read, search and download documents")
        DOCUMENTS_WRITE = "documents:write", _("add, change and delete documents")
        SOURCES_READ = (
            "sources:read",
            _("see the sources that you see in the administration, with progress and failures"),
        )
        SOURCES_WRITE = (
            "sources:write",
            _("set up, change, run, pause and delete sources, as you may in the administration"),
        )
        SHARING = (
            "sharing",
            _(
                "share what it can read or change: links to chats, and who can open"
                " collections and documents"
            ),
        )

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = NameField(max_length=100)
    # The beginning of the secret, to tell keys apart.
    prefix = models.CharField(max_length=20)
    hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    # Of the password at the time (`accounts.credentials.tokens.fingerprint`).
    password = models.CharField(max_length=16)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True, blank=True)
    last_used = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
