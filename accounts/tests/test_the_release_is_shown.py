"""The release that is running: shown to whoever runs the site or is signed in, to no stranger."""

import pytest
from django.test import Client

import aiapp
from accounts.credentials.tokens import issue
from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _an_unmistakable_release(monkeypatch) -> None:
    monkeypatch.setattr(aiapp, "__version__", "7.8.9")


def get(client: Client, path: str) -> str:
    answer = client.get(path)
    return f"{dict(answer.headers)} {answer.content.decode()}"


def test_staff_sees_it_at_the_foot_of_every_page_of_the_administration() -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.org", "root's password"))
    for path in ("/admin/", "/admin/accounts/user/"):
        assert "aiapp 7.8.9" in get(client, path)


@pytest.mark.django_db(transaction=True)
def test_members_are_told_by_the_api() -> None:
    alice = User.objects.create_user("alice", "alice@example.org", "alice's password")
    headers = {"Authorization": f"Bearer {issue(alice).access}"}
    assert Client().get("/api/me", headers=headers).json()["release"] == "7.8.9"


@pytest.mark.parametrize(
    "path",
    [
        "/admin/login/",
        "/accounts/login/",
        "/api/me",
        "/api/docs",
        "/api/openapi.json",
        "/v1/models",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/there/is/nothing",
    ],
)
def test_strangers_are_told_nowhere(path: str) -> None:
    assert "7.8.9" not in get(Client(headers={"X-Forwarded-For": "203.0.113.7"}), path)


def test_a_member_who_is_no_staff_sees_it_on_no_page() -> None:
    client = Client()
    client.force_login(User.objects.create_user("bob", "bob@example.org", "bob's password"))
    for path in ("/chat/", "/documents/", "/accounts/settings/", "/admin/login/"):
        assert "7.8.9" not in get(client, path)


def test_metrics_name_it(settings) -> None:
    settings.METRICS_TOKEN = "a-token-for-the-test"
    headers = {"Authorization": "Bearer a-token-for-the-test"}
    told = Client().get("/metrics", headers=headers).content.decode()
    assert 'aiapp_build_info{version="7.8.9"} 1.0' in told
