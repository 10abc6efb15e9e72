"""Collections and documents, and whom they are shared with."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from aiapp.ids import uuid7
from aiapp.text.fields import NameField


class Collection(models.Model):
    """The unit of access: who may read a collection may read its documents."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="collections"
    )
    name = NameField(max_length=200)
    # Whether every signed-in user may read it; otherwise the owner and whom it is shared with.
    everyone = models.BooleanField(default=False, db_default=False)
    # Whether everybody's searches look into it unless they name collections; only if `everyone`.
    # Others' answers are then made from it, which takes the permission `publish_collection`.
    in_every_search = models.BooleanField(default=False, db_default=False)
    # How it is searched and cut, where that differs from the defaults (`documents.models.tuning`).
    tuning = models.JSONField(default=dict, db_default={}, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "name"], name="collection_name_per_owner"),
        ]
        permissions: ClassVar = [
            ("search_as", "Can search as another user"),
            ("publish_tuning", "Can publish settings of search"),
            ("publish_collection", "Can put collections into everybody's search"),
        ]

    def __str__(self) -> str:
        return self.name


class CollectionShare(models.Model):
    """Lets a user, or the users of a group, read a collection, or also change its documents."""

    class Role(models.TextChoices):
        READER = "reader"
        EDITOR = "editor"

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="shares")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    group = models.ForeignKey(
        "auth.Group", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.READER)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=True) ^ models.Q(group__isnull=True),
                name="collection_share_user_or_group",
            ),
            models.UniqueConstraint(fields=["collection", "user"], name="collection_share_user"),
            models.UniqueConstraint(fields=["collection", "group"], name="collection_share_group"),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.group}: {self.role}"


class SearchChoice(models.Model):
    """Says that somebody's searches look into a collection, or do not, when they name none."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    searched = models.BooleanField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "collection"], name="search_choice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.searched}"


class Document(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="documents")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    title = NameField(max_length=300)
    # Narrower than its collection: of those who may read that, only its owner, who added the
    # document, and whom it is shared with.
    restricted = models.BooleanField(default=False, db_default=False)
    current = models.ForeignKey("Version", on_delete=models.SET_NULL, null=True, related_name="+")
    # The name of a text that a program added (`documents.library.texts`).
    external_id = models.CharField(max_length=300, blank=True, default="", db_default="")
    # What people, programs and sources keep with it, and filter by (`documents.metadata`).
    metadata = models.JSONField(default=dict, db_default={}, blank=True)
    # Since when its source no longer has it: no search finds it, and old answers still open it.
    withdrawn = models.DateTimeField(null=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created"]
        indexes: ClassVar = [
            # Ids are in order of time: the newest of a collection, without reading the others.
            models.Index(fields=["collection", "-id"], name="documents_by_collection"),
            # Not unique: a restricted text must not be felt by those from whom it is hidden.
            models.Index(
                fields=["collection", "external_id"],
                condition=~models.Q(external_id=""),
                name="document_external_id",
            ),
            # For filters by equal values; those of ranges look at each document in scope.
            GinIndex(fields=["metadata"], name="document_metadata", opclasses=["jsonb_path_ops"]),
        ]

    def __str__(self) -> str:
        return self.title


class DocumentShare(models.Model):
    """Lets a user or group read a restricted document, if they may read its collection."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="shares")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    group = models.ForeignKey(
        "auth.Group", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=True) ^ models.Q(group__isnull=True),
                name="document_share_user_or_group",
            ),
            models.UniqueConstraint(fields=["document", "user"], name="document_share_user"),
            models.UniqueConstraint(fields=["document", "group"], name="document_share_group"),
        ]

    def __str__(self) -> str:
        return str(self.user or self.group)
