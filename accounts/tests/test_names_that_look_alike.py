"""No new name looks like another's or holds what cannot be seen; names of old are kept."""

from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import ApiKey, NameSkeleton, User
from accounts.names import settle_names
from accounts.tests.conftest import PASSWORD, post, sign_in

pytestmark = pytest.mark.django_db

MESSAGE = "This name or address is taken."
FORM = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
ALIKE = [
    ("alice", "ALICE"),
    ("alice", "aIice"),  # a capital i
    ("limes11", "Iimes11"),
    ("limes11", "1imesll"),
    ("modern", "modem"),
    ("peace", "\u0440\u0435\u0430\u0441\u0435"),  # all of it Cyrillic
    ("bob0", "bobO"),
    ("ivan", "\u0131van"),
    ("coco", "\u0441\u043e\u0441\u043e"),  # all of it Cyrillic
    ("bob", "\u0412\u041e\u0412"),  # in Cyrillic capitals
    ("max", "\u039c\u0391\u03a7"),  # in Greek capitals
    ("alice", "\ua4ee\ua4e1\ua4f2\ua4da\ua4f0"),  # in letters of Lisu
    ("ale", "\u13aa\u13de\u13ac"),  # in letters of Cherokee
    ("tom", "\u0442\u043e\u043c"),  # in Cyrillic letters that look like small capitals
    ("apple", "\u0430\u0440\u0440\u04cf\u0435"),  # with a Cyrillic palochka
    ("nina", "\u043f\u0456\u043f\u0430"),
    ("alice", "a\u4e28ice"),  # a stroke of Han
    ("bob", "b\u3007b"),  # a zero of Han
    ("wanda", "vvanda"),
    ("김철수", "김철수"),  # decomposed
    ("bob", "ｂｏｂ"),
]
UNSEEN = [
    "ali\u200bce", "alice\u200d", "\ufeffalice", "al\u034fice", "a\u202eecila", "\u3164",
    "\u115f\u1160", "alice\ufe0f", "al\u2063ice", "a\U000e0061b", "al\u00adice", "al ice",
    "al\u0430", "p\u0430ypal", "\u0391lice", "alice\u0301\u0301\u0301", "", "  ",
]  # fmt: skip
FINE = ["alice", "bob.b+c-d_e", "김철수", "山田taro", "Ébène", "Владимир", "עברית", "x" * 150]


def sign_up(name: str):
    return Client().post("/accounts/signup/", FORM | {"username": name})


def register(name: str):
    return post("/api/auth/register", username=name, email="new@example.org", password=PASSWORD)


@pytest.mark.parametrize(("known", "other"), ALIKE)
def test_a_name_that_looks_like_anothers_is_taken(known: str, other: str) -> None:
    user = User.objects.create_user(known, "known@example.org", PASSWORD)
    page = sign_up(other)
    assert page.status_code == 200
    assert page.context["form"].errors == {"__all__": [MESSAGE]}
    answer = register(other)
    assert answer.status_code == 409
    assert answer.json()["error"] == {"code": "account_exists", "message": MESSAGE, "data": {}}
    with pytest.raises(ValidationError):
        User.objects.create_user(other, "other@example.org", PASSWORD)
    friend = User.objects.create_user("friend", "friend@example.org", PASSWORD)
    friend.username = other
    with pytest.raises(ValidationError):
        friend.save()
    assert set(User.objects.values_list("pk", flat=True)) == {user.pk, friend.pk}


@pytest.mark.parametrize("name", UNSEEN)
def test_a_name_holds_nothing_that_cannot_be_seen(name: str) -> None:
    page = sign_up(name)
    assert page.status_code == 200
    assert set(page.context["form"].errors) == {"username"}
    answer = register(name)
    assert answer.status_code == 422
    assert answer.json()["error"]["data"]["fields"][0]["field"] == "username"
    assert not User.objects.exists()


@pytest.mark.parametrize("name", FINE)
def test_names_of_all_scripts_are_welcome(name: str) -> None:
    assert sign_up(name).status_code == 302
    assert User.objects.get().username == name


@pytest.mark.parametrize("other", ["useri", "user2", "usero", "user1.", "us\u00e9r1"])
def test_names_that_differ_to_the_eye_are_both_welcome(other: str) -> None:
    User.objects.create_user("user1", "known@example.org", PASSWORD)
    assert sign_up(other).status_code == 302


def test_who_gives_a_name_up_leaves_it_to_others() -> None:
    user = User.objects.create_user("alice", "alice@example.org", PASSWORD)
    user.username = "Alice"
    user.save()
    user.username = "anna"
    user.save()
    User.objects.create_user("aIice", "second@example.org", PASSWORD)
    user.delete()
    User.objects.create_user("ANNA", "third@example.org", PASSWORD)


@pytest.mark.parametrize("email", ["al\u0131ce@example.org", "\u017fam@example.org"])
def test_an_address_has_no_letters_that_compare_as_others(email: str) -> None:
    page = Client().post("/accounts/signup/", FORM | {"username": "new", "email": email})
    assert set(page.context["form"].errors) == {"email"}
    answer = post("/api/auth/register", username="new", email=email, password=PASSWORD)
    assert answer.status_code == 422
    User.objects.create_user("bob", "bob@example.org", PASSWORD)
    form = {"email": email, "current_password": PASSWORD}
    page = sign_in("bob").post("/accounts/settings/", form)
    assert set(page.context["form"].errors) == {"email"}
    assert User.objects.get().email == "bob@example.org"


def test_commands_refuse_such_names_too(monkeypatch) -> None:
    User.objects.create_user("root1", "root@example.org", PASSWORD)
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    for name in ("rootl", "ro\u200bot"):
        with pytest.raises(CommandError):
            call_command(
                *("createsuperuser", "--noinput"), username=name, email="other@example.org"
            )
        monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", name)
        with pytest.raises(CommandError):
            call_command("first_admin")
    assert User.objects.count() == 1


def twins() -> list[User]:
    """Accounts of a release that did not mind how names look."""
    names = ["alice", "aIice", "an old name", "\u0430lice"]
    made = [User(username=n, email=f"{i}@example.org") for i, n in enumerate(names)]
    return User.objects.bulk_create(made)


@pytest.mark.parametrize("how", ["migration", "sweep"])
def test_accounts_of_old_keep_their_names_and_shut_out_new_ones(how: str) -> None:
    accounts = twins()
    if how == "migration":
        migration = import_module("accounts.migrations.0008_old_keys_and_names")
        migration.note_how_names_look(apps, None)
    else:
        settle_names()
    settle_names()
    assert set(NameSkeleton.objects.values_list("user", flat=True)) == {u.pk for u in accounts}
    for user in User.objects.all():
        user.first_name = "Al"
        user.set_password(PASSWORD)
        user.save()
    for user in accounts:
        assert sign_in(user.username)
    assert sign_up("a1ice").context["form"].errors == {"__all__": [MESSAGE]}
    assert sign_up("alicia").status_code == 302


def test_keys_of_old_do_what_they_did_and_no_more() -> None:
    user = User.objects.create_user("alice", "alice@example.org", PASSWORD)
    old = {
        "a": ["chat"],
        "b": ["documents:read"],
        "c": ["documents:write"],
        "d": ["chat", "documents:read", "documents:write"],
        "e": [],
    }
    for name, scopes in old.items():
        ApiKey.objects.create(user=user, name=name, hash=name, scopes=scopes)
    migration = import_module("accounts.migrations.0008_old_keys_and_names")
    for _ in range(2):
        migration.name_the_parts(apps, None)
        assert dict(ApiKey.objects.values_list("name", "scopes")) == {
            "a": ["chat", "memory", "sharing", "tools:confirm"],
            "b": ["documents:read"],
            "c": ["documents:write", "sharing"],
            "d": sorted({*old["d"], "memory", "sharing", "tools:confirm"}),
            "e": [],
        }
