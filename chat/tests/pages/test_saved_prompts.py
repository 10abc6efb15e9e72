"""The prompt library works without scripts, and nobody sees another's."""

import pytest
from django.test import Client

from chat.models import SavedPrompt

pytestmark = pytest.mark.django_db


def test_a_prompt_is_made_changed_and_deleted(client: Client, alice):
    client.force_login(alice)
    client.post("/chat/prompts/", {"title": "Summary", "text": "Sum it up."})
    prompt = SavedPrompt.objects.get(owner=alice)
    assert "Summary" in client.get("/chat/prompts/").content.decode()
    address = f"/chat/prompts/{prompt.id}/"
    assert "Sum it up." in client.get(address).content.decode()
    client.post(address, {"title": "Summary", "text": "In three lines."})
    prompt.refresh_from_db()
    assert prompt.text == "In three lines."
    client.post(address, {"delete": "1"})
    assert not SavedPrompt.objects.exists()


def test_a_title_stands_for_one_prompt_only(client: Client, alice, bob):
    SavedPrompt.objects.create(owner=bob, title="Summary", text="His.")
    client.force_login(alice)
    for _ in range(2):
        page = client.post("/chat/prompts/", {"title": "Summary", "text": "Sum it up."})
    assert "You already have a prompt with this title." in page.content.decode()
    assert SavedPrompt.objects.filter(owner=alice).count() == 1


def test_anothers_prompt_does_not_exist(client: Client, alice, bob):
    prompt = SavedPrompt.objects.create(owner=bob, title="Summary", text="His.")
    client.force_login(alice)
    assert client.get(f"/chat/prompts/{prompt.id}/").status_code == 404
    assert client.post(f"/chat/prompts/{prompt.id}/", {"delete": "1"}).status_code == 404
    assert "Summary" not in client.get("/chat/options/prompts/").content.decode()


def test_only_known_kinds_of_options_exist_and_any_query_is_taken(client: Client, alice):
    client.force_login(alice)
    assert client.get("/chat/options/people/").status_code == 404
    for query in ("%00", "%25_", "x" * 5000, "가나"):
        for kind in ("commands", "library", "prompts"):
            assert client.get(f"/chat/options/{kind}/?q={query}").status_code == 200
