"""The language of the pages, as the browser wishes or as it was chosen."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

KOREAN = {"Accept-Language": "ko"}


def heading(client: Client, **headers: str) -> str:
    return client.get("/accounts/login/", headers=headers).content.decode()


def test_it_is_the_browsers_until_another_is_chosen(client: Client) -> None:
    assert 'lang="en"' in heading(client)
    assert 'lang="ko"' in heading(client, **KOREAN)
    client.post("/accounts/language/", {"language": "ko"})
    assert 'lang="ko"' in heading(client)
    client.post("/accounts/language/", {"language": "xx"})
    assert 'lang="en"' in heading(client)
