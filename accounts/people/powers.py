"""Rights to change accounts in the administration: only superusers give powers.

Django lets whoever may change accounts set every field of them, and so make themselves a
superuser. Here somebody who is no superuser changes only accounts that can do no more than they
can, and no field that gives powers.
"""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Q
from django.http import HttpRequest

from accounts.models import User

# The fields of an account that say what it may do, and those that say what it has done.
OF_SUPERUSERS = ("is_staff", "is_superuser", "groups", "user_permissions")
OF_THE_SITE = ("last_login", "date_joined")


def is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def may_change_account(request: HttpRequest, account: User) -> bool:
    """Check that the account can do nothing that the one who asks cannot do.

    Whoever sets an account's password or address can be it. So what it could do once it was
    active again counts, too.
    """
    if is_superuser(request):
        return True
    if account.is_superuser:
        return False
    if account.pk == request.user.pk:
        return True
    return _permissions(account) <= _permissions(request.user)


def _permissions(user: Any) -> set[int]:
    of_user = Q(user=user) | Q(group__user=user)
    return set(Permission.objects.filter(of_user).values_list("pk", flat=True))


class OfAccounts:
    """For the admin of what belongs to an account, in its field `user`.

    Somebody who is no superuser changes and deletes nothing of accounts that can do more.
    """

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed: bool = super().has_change_permission(request, obj)  # type: ignore[misc]
        return allowed and (obj is None or self.may_touch(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed: bool = super().has_delete_permission(request, obj)  # type: ignore[misc]
        return allowed and (obj is None or self.may_touch(request, obj))

    def may_touch(self, request: HttpRequest, obj: Any) -> bool:
        return obj.user is None or may_change_account(request, obj.user)


class BySuperusers:
    """For the admin of what gives powers: others look at it, if they may."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)
