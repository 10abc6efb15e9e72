"""Staff that may change accounts gets no more powers, whatever it posts to the administration."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.credentials import keys, tokens
from accounts.lookalikes import skeletons
from accounts.models import (
    ApiKey,
    AuditEntry,
    Budget,
    LedgerEntry,
    NameSkeleton,
    Price,
    RefreshSession,
    User,
)
from accounts.tests.conftest import PASSWORD, sign_in

pytestmark = pytest.mark.django_db

NEW = "a password of the attacker 1"


class Site:
    """A superuser, staff that may do everything to accounts, staff that may do more, members."""

    def __init__(self) -> None:
        self.root = User.objects.create_superuser("root", "root@example.org", PASSWORD)
        self.staff = self._create_user("stella", is_staff=True)
        ours = Permission.objects.filter(content_type__app_label__in=["accounts", "auth"])
        self.staff.user_permissions.set(ours)
        self.group = Group.objects.create(name="staff of accounts")
        self.powerful = Group.objects.create(name="curators")
        self.powerful.permissions.set(Permission.objects.all())
        self.staff.groups.add(self.group)
        self.curator = self._create_user("carl", is_staff=True)
        self.curator.groups.add(self.powerful)
        self.sleeping = self._create_user("sven", is_superuser=True, is_active=False)
        self.member = self._create_user("mia")
        self.things: list[Any] = [
            *User.objects.all(), *Group.objects.all(),
            *self._of(self.root), *self._of(self.curator),
            Budget.objects.create(user=self.staff, tokens=100),
            Budget.objects.create(group=self.group, tokens=100),
            Budget.objects.create(user=self.root, tokens=100),
            Price.objects.create(model="m", input=1, output=1),
            LedgerEntry.objects.create(user=self.root, turn=self.root.pk, model="m"),
            AuditEntry.objects.create(user=self.root, action="sign_in"),
        ]  # fmt: skip

    def _create_user(self, name: str, **fields: bool) -> User:
        return User.objects.create_user(name, f"{name}@example.org", PASSWORD, **fields)

    def _of(self, user: User) -> list[ApiKey | RefreshSession]:
        tokens.issue(user)
        return [keys.create(user, "script", ["chat"])[0], RefreshSession.objects.get(user=user)]

    def powers(self) -> dict[str, Any]:
        """Return what may not change: who can do what, the accounts of those who can do more than
        staff, and what staff may use itself.
        """
        guarded = [self.root.pk, self.curator.pk, self.sleeping.pk]
        return {
            "flags": list(User.objects.order_by("pk").filter(is_staff=True).values("pk")),
            "superusers": list(User.objects.order_by("pk").filter(is_superuser=True).values("pk")),
            "permissions": set(User.user_permissions.through.objects.values_list()),
            "groups": set(User.groups.through.objects.values_list()),
            "names of groups": set(Group.objects.values_list("pk", "name")),
            "of groups": set(Group.permissions.through.objects.values_list()),
            "accounts": list(User.objects.filter(pk__in=guarded).order_by("pk").values()),
            "keys": set(ApiKey.objects.filter(user__in=guarded).values_list("pk")),
            "sessions": set(RefreshSession.objects.filter(user__in=guarded).values_list("pk")),
            "budgets": list(Budget.objects.order_by("pk").values()),
        }


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def browser(site: Site) -> Client:
    browser = Client()
    browser.force_login(site.staff)
    return browser


def greedy(site: Site) -> dict[str, Any]:
    """A field for everything that could give powers, under every name that a form may use."""
    every = [str(each.pk) for each in Permission.objects.order_by("-pk")[:5]]
    return {
        "is_staff": "on", "is_superuser": "on", "username": "", "is_active": "on", "leaving": "on",
        "groups": [str(site.powerful.pk)], "user_permissions": every, "permissions": every,
        "email": "attacker@example.org", "name": "another name", "first_name": "x",
        "password1": NEW, "password2": NEW, "usable_password": "true", "set-password": "1",
        "password": NEW, "tokens": "999999", "money": "999", "period": "month",
        "user": str(site.staff.pk), "group": "", "scopes": '["chat"]', "revoked_0": "2030-01-01",
        "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00", "model": "m2", "input": "0",
        "output": "0", "used": "", "family": str(site.staff.pk), "action": "administered",
    }  # fmt: skip


def posts(site: Site) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every address of the administration that takes a form, for each thing there is."""
    for model, of_model in admin.site._registry.items():
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{base}_add") + "?_popup=1", {"_popup": "1", "_saveasnew": "1"}
        things = [thing for thing in site.things if type(thing) is model]
        for number, thing in enumerate(things):
            # Some of them as a window of its own would, or as a copy.
            end = ({"_continue": "1"}, {"_popup": "1"}, {"_saveasnew": "1"})[number % 3]
            yield reverse(f"{base}_change", args=[thing.pk]), end
        for action in ("delete_selected", *(of_model.actions or ())):
            yield reverse(f"{base}_changelist"), to_all(things) | {"action": action}
        yield reverse(f"{base}_changelist"), edited_in_list(things)
    for user in User.objects.all():
        yield reverse("admin:auth_user_password_change", args=[user.pk]), {}
    yield reverse("admin:password_change"), {"old_password": "wrong", "new_password1": NEW}
    # Last, since a thing that was deleted can be tried no more.
    for thing in site.things:
        if thing != site.staff:
            meta = thing._meta
            address = reverse(f"admin:{meta.app_label}_{meta.model_name}_delete", args=[thing.pk])
            yield address, {"post": "yes"}


def to_all(things: list[Any]) -> dict[str, Any]:
    chosen = {ACTION_CHECKBOX_NAME: [str(thing.pk) for thing in things]}
    return chosen | {"post": "yes", "apply": "1", "select_across": "1", "index": "0"}


def edited_in_list(things: list[Any]) -> dict[str, Any]:
    form = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "_save": "1"}
    return form | {"form-0-id": str(things[0].pk) if things else "1", "form-0-is_superuser": "on"}


def test_no_post_to_the_administration_gives_staff_more_powers(site: Site, browser: Client) -> None:
    before = site.powers()
    statuses = Counter()
    form = greedy(site)
    for number, (path, body) in enumerate(list(posts(site))):
        # A name of its own for each, so that no form is refused for that.
        answer = browser.post(path, form | {"username": f"attacker-{number}"} | body)
        statuses[answer.status_code] += 1
        assert site.powers() == before | _check_budgets(before, site), path
    assert set(statuses) == {200, 302, 403}
    assert sum(statuses.values()) > 100
    assert statuses[302] > 5, "some of what was sent should be allowed"
    for guarded in (site.root, site.curator):
        sign_in(guarded.username)


def _check_budgets(before: dict[str, Any], site: Site) -> dict[str, Any]:
    """Budgets may be lost or gained by others than staff; all else stays."""
    own = Budget.objects.filter(user=site.staff) | Budget.objects.filter(group=site.group)
    root = Budget.objects.filter(user=site.root)
    kept = {each["id"] for each in before["budgets"]}
    assert {budget.pk for budget in own | root} == kept
    return {"budgets": list(Budget.objects.order_by("pk").values())}


def test_staff_still_looks_after_members(site: Site, browser: Client) -> None:
    place = f"/admin/accounts/user/{site.member.pk}"
    form = {"username": "mia", "email": "new@example.org", "first_name": "Mia", "is_active": "on"}
    assert browser.post(f"{place}/change/", form).status_code == 302
    site.member.refresh_from_db()
    assert (site.member.email, site.member.first_name) == ("new@example.org", "Mia")
    new = {"password1": NEW, "password2": NEW, "usable_password": "true", "set-password": "1"}
    assert browser.post(f"{place}/password/", new).status_code == 302
    sign_in("mia", NEW)
    made = {"username": "nora", "email": "nora@example.org"} | new
    assert browser.post("/admin/accounts/user/add/", made).status_code == 302
    assert User.objects.filter(username="nora", is_staff=False, is_superuser=False).exists()
    assert browser.post(f"{place}/delete/", {"post": "yes"}).status_code == 302
    assert not User.objects.filter(username="mia").exists()


def test_a_superuser_gives_and_takes_powers(site: Site) -> None:
    browser = Client()
    browser.force_login(site.root)
    form = {"username": "mia", "email": "mia@example.org", "is_active": "on", "is_staff": "on"}
    form["groups"] = [str(site.powerful.pk)]
    answer = browser.post(f"/admin/accounts/user/{site.member.pk}/change/", form)
    assert answer.status_code == 302
    site.member.refresh_from_db()
    assert site.member.is_staff
    assert site.powerful in site.member.groups.all()
    answer = browser.post(
        f"/admin/auth/group/{site.group.pk}/change/", {"name": "others", "permissions": []}
    )
    assert answer.status_code == 302
    assert Group.objects.filter(name="others").exists()


@pytest.mark.parametrize("who", ["root", "stella"])
def test_ones_own_password_is_changed_where_tries_are_counted(site: Site, who: str) -> None:
    browser = Client()
    user = User.objects.get(username=who)
    browser.force_login(user)
    new = {"password1": NEW, "password2": NEW, "usable_password": "true", "set-password": "1"}
    for path in (f"/admin/accounts/user/{user.pk}/password/", "/admin/password_change/"):
        for answer in (browser.get(path), browser.post(path, new)):
            assert answer.status_code == 302
            assert answer["Location"] == "/accounts/password/change/"
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_the_superuser_that_was_switched_off_stays_off(site: Site, browser: Client) -> None:
    form = {"username": "sven", "email": "attacker@example.org", "is_active": "on"}
    answer = browser.post(f"/admin/accounts/user/{site.sleeping.pk}/change/", form)
    assert answer.status_code == 403
    assert not User.objects.get(username="sven").is_active


@pytest.mark.parametrize("name", ["rооt", "Root", "r00t ", "ro\u200bot", "ann\x00"])
def test_the_administration_takes_no_name_that_looks_like_another(
    site: Site, browser: Client, name: str
) -> None:
    User.objects.create_user("r00t", "r00t@example.org", PASSWORD)
    made = {"username": name, "email": "x@example.org", "password1": NEW, "password2": NEW}
    answer = browser.post("/admin/accounts/user/add/", made | {"usable_password": "true"})
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    renamed = {"username": name, "email": site.member.email, "is_active": "on"}
    answer = browser.post(f"/admin/accounts/user/{site.member.pk}/change/", renamed)
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert User.objects.filter(pk=site.member.pk, username="mia").exists()
    looks = NameSkeleton.objects.filter(user=site.member).values_list("skeleton", flat=True)
    assert set(looks) == skeletons("mia")
    assert timezone.now() > site.member.date_joined
