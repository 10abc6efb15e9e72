"""Users, and the looks of their names."""

from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.lookalikes import BAD_EMAIL, check_name, skeletons
from aiapp.ids import uuid7

# One sentence for names and addresses, for what is taken and for what only looks like it, so that
# a stranger does not learn who is known here.
TAKEN = _("This name or address is taken.")


class User(AbstractUser):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField("email address", unique=True)
    # Its holder has deleted the account; a worker is taking away what it owns.
    leaving = models.BooleanField(default=False, db_default=False, editable=False)

    def __str__(self) -> str:
        return self.username

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        user = super().from_db(*args, **kwargs)
        user.__dict__["_settled"] = {n: user.__dict__.get(n) for n in ("username", "email")}
        return user

    def clean(self) -> None:
        """Raises ValidationError, for forms, for what `save` would refuse."""
        super().clean()
        if self.username and self._has_new("username"):
            self._check_new_name()
        if self._has_new("email") and not self.email.rpartition("@")[0].isascii():
            raise ValidationError({"email": BAD_EMAIL}, code="bad_email")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValidationError for a new name that no name may be, or that looks like another's.

        Here, so that no way of making or renaming an account goes around it. A name that the
        account has had before is not looked at.
        """
        named = kwargs.get("update_fields")
        if not self._has_new("username") or (named is not None and "username" not in named):
            super().save(*args, **kwargs)
            return
        self.username = self.normalize_username(self.username)
        looks = self._check_new_name()
        with transaction.atomic():
            super().save(*args, **kwargs)
            self.skeletons.exclude(skeleton__in=looks).delete()
            NameSkeleton.objects.bulk_create(
                NameSkeleton(user=self, skeleton=each)
                for each in looks - set(self.skeletons.values_list("skeleton", flat=True))
            )
        self.__dict__["_settled"] = {"username": self.username, "email": self.email}

    def _has_new(self, field: str) -> bool:
        if self._state.adding:
            return True
        value = self.__dict__.get(field)
        return value is not None and value != self.__dict__.get("_settled", {}).get(field)

    def _check_new_name(self) -> set[str]:
        check_name(self.username)
        looks = skeletons(self.username)
        if NameSkeleton.objects.filter(skeleton__in=looks).exclude(user=self.pk).exists():
            raise ValidationError(TAKEN, code="account_exists")
        return looks


class NameSkeleton(models.Model):
    """The look of an account's name (`accounts.lookalikes`), so that no other looks like it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="skeletons")
    # A digest, since what a skeleton is made of is no text for people.
    skeleton = models.CharField(max_length=64, db_index=True)
    # Of an account older than this rule: such accounts may look alike, and keep their names.
    inherited = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "skeleton"], name="skeleton_of_user_once"),
            models.UniqueConstraint(
                fields=["skeleton"], condition=models.Q(inherited=False), name="skeleton_of_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.skeleton[:8]}"
