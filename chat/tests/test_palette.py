"""The palette finds every page of one's own by its name and by what else it is called."""

import pytest
from django.test import Client
from django.urls import reverse

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
