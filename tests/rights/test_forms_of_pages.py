"""Forms that were open too long, or name an odd place to go back to, get a page and no error."""

import pytest
from django.test import AsyncClient, Client

from accounts.models import User
from chat.models import Conversation
from documents.models import Collection

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice", "alice@example.org", "a long password 1")


@pytest.mark.parametrize("path", ["/chat/ask/", "/documents/upload/", "/accounts/settings/"])
async def test_a_form_without_its_token_is_refused_to_who_is_signed_in(
    alice: User, path: str
) -> None:
    """As one is whose session began anew in another tab."""
    client = AsyncClient(enforce_csrf_checks=True)
    await client.aforce_login(alice)
    answer = await client.post(path, {"content": "Hi."})
    assert answer.status_code == 403
    assert "open for too long" in answer.content.decode()


@pytest.mark.parametrize(
    ("place", "target"),
    [
        ("/documents/?q=a", "/documents/?q=a"),
        ("http://testserver/chat/", "http://testserver/chat/"),
        *((odd, "/chat/") for odd in ("chat", "accounts:login", "😀", "[]", "1", "", "?q=1")),
        *((evil, "/chat/") for evil in ("//evil.example/", "https://evil.example", "/\\evil")),
        *((evil, "/chat/") for evil in ("javascript:alert(1)", "http:///evil.example", "\x00")),
    ],
)
def test_the_way_back_is_a_place_of_ours(alice: User, place: str, target: str) -> None:
    chat = Conversation.objects.create(owner=alice)
    client = Client()
    client.force_login(alice)
    for name in ("pin", "archive", "rename"):
        form = {"next": place, "archived": "1", "title": "Tea"}
        answer = client.post(f"/chat/{chat.pk}/{name}/", form)
        assert (answer.status_code, answer["Location"]) == (302, target), name


@pytest.mark.parametrize("place", ["chat", "😀", "//evil.example/", "true"])
def test_documents_lead_back_alike(alice: User, place: str) -> None:
    collection = Collection.objects.create(owner=alice, name="Papers")
    client = Client()
    client.force_login(alice)
    answer = client.post(f"/documents/collections/{collection.pk}/searched/", {"next": place})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/documents/")


@pytest.mark.parametrize("odd", ["\x00", "[]", "1", "x" * 5000])
def test_an_id_that_is_none_is_refused_in_the_administration(alice: User, odd: str) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(alice)
    places = {
        "/admin/accounts/budget/add/": ("user", "group", "period"),
        "/admin/documents/collection/add/": ("owner", "name"),
        "/admin/documents/questionset/add/": ("collection", "name"),
    }
    for place, fields in places.items():
        answer = client.post(place, dict.fromkeys(fields, odd))
        assert answer.status_code in {200, 403, 422}, (place, answer.status_code)
        answer = client.get(place, dict.fromkeys(fields, odd))
        assert answer.status_code in {200, 403, 422}, (place, answer.status_code)
