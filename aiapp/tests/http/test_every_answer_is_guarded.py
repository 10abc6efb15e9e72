"""Headers that every answer carries."""

import pytest
from django.test import Client

PAGES = ["/accounts/login/", "/chat/", "/documents/", "/admin/", "/api/me", "/api/docs", "/x"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", PAGES)
def test_the_browser_may_load_our_own_files_only(path: str, admin_client: Client) -> None:
    answer = admin_client.get(path)
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy.split("; ")
    assert "frame-ancestors 'none'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", PAGES)
def test_nothing_that_a_person_sees_is_kept(path: str, admin_client: Client) -> None:
    assert "no-store" in admin_client.get(path)["Cache-Control"]


def test_other_sites_get_no_leave_to_read() -> None:
    answer = Client().get("/accounts/login/", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
