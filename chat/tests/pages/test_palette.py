"""The palette finds every page of one's own by its name and by what else it is called."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import routes

pytestmark = pytest.mark.django_db(transaction=True)


def search_palette(client: Client, query: str) -> str:
    page = client.get(reverse("chat:options", args=["commands"]), {"q": query})
    assert page.status_code == 200
    return page.content.decode()


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("batch", "chat:batches"),
        ("api key", "accounts:keys"),
        ("key api", "accounts:keys"),
        ("token", "accounts:keys"),
        ("data", "accounts:data"),
        ("delete account", "accounts:data"),
        ("memory", "chat:facts"),
        ("password", "accounts:password_change"),
        ("settings", "accounts:settings"),
        ("DOCS", "api:openapi-view"),
        ("import", "chat:import"),
    ],
)
def test_a_page_is_found(alice, query, name):
    client = Client()
    client.force_login(alice)
    assert f'href="{reverse(name)}"' in search_palette(client, query)


def test_the_administration_is_found_by_staff_alone(alice, bob):
    bob.is_staff = True
    bob.save()
    client = Client()
    for user, is_there in ((alice, False), (bob, True)):
        client.force_login(user)
        assert (f'href="{reverse("admin:index")}"' in search_palette(client, "admin")) is is_there


# Pages that need no name in the palette, each for its reason.
ELSEWHERE = {
    "/accounts/login/": "for those who are not signed in",
    "/accounts/signup/": "likewise",
    "/accounts/password/reset/": "likewise",
    "/accounts/password/reset/done/": "likewise",
    "/accounts/password/reset/complete/": "likewise",
    "/accounts/password/change/done/": "the end of changing a password",
    "/offline/": "shown where there is no network",
}


def test_every_page_is_in_it(alice):
    """A page is what answers a reader with a whole document, and names nothing by an id."""
    alice.is_staff = True
    alice.save()
    client = Client()
    client.force_login(alice)
    shown = search_palette(client, "")
    pages = [each.path for each in routes.pages() if each.method == "get" and not each.parameters]
    missing = []
    for path in pages:
        response = client.get(path)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if response.status_code != 200 or not is_page or response.streaming:
            continue
        if b"<!DOCTYPE html>" in response.content and f'href="{path}"' not in shown:
            missing.append(path)
    assert sorted(set(missing) - ELSEWHERE.keys()) == []


def test_actions_and_settings_are_in_it(alice):
    client = Client()
    client.force_login(alice)
    shown = search_palette(client, "")
    for action in ("theme", "sign-out"):
        assert f'data-action="{action}"' in shown
    for words, name in (
        ("notifications", "accounts:settings"),
        ("language", "accounts:settings"),
        ("titles", "chat:instructions"),
        ("sessions", "accounts:sign_out_everywhere"),
    ):
        assert f'href="{reverse(name)}"' in search_palette(client, words)
