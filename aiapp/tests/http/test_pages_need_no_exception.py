"""Pages live with the strict Content-Security-Policy: nothing inline, nothing from elsewhere."""

import re

import pytest
from django.test import Client

from accounts.models import User

PAGES = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/settings/",
    "/chat/",
    "/documents/",
    "/api/docs",
    "/nowhere/",
]
PASSWORD = "a password for the tests"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_inline(path, client):
    if "login" not in path and "signup" not in path:
        client.force_login(User.objects.create_user("ada", "ada@example.org", PASSWORD))
    html = client.get(path).content.decode()
    assert "<html" in html
    # A block of data is no script: the policy lets it be.
    html = re.sub(r'<script type="application/json".*?</script>', "", html, flags=re.DOTALL)
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_loaded_from_elsewhere(path, client):
    client.force_login(User.objects.create_user("ada", "ada@example.org", PASSWORD))
    html = client.get(path, follow=True).content.decode()
    loaded = re.findall(r"<(?:script|link|img|iframe)[^>]*\s(?:src|href)=\"([^\"]+)\"", html)
    assert loaded
    assert [url for url in loaded if not url.startswith("/") or url.startswith("//")] == []


@pytest.mark.django_db
def test_scripts_cannot_read_the_session(client):
    User.objects.create_user("ada", "ada@example.org", PASSWORD)
    client.post("/accounts/login/", {"username": "ada", "password": PASSWORD})
    assert client.cookies["session"]["httponly"]
    assert client.cookies["session"]["samesite"] == "Lax"


def test_https_is_kept_to(settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    plain = Client().get("/accounts/login/")
    assert plain.status_code == 301
    assert plain["Location"].startswith("https://")
    redirected = Client().get("/", secure=True)
    assert "max-age=31536000" in redirected["Strict-Transport-Security"]
