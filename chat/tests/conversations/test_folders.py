"""Folders of chats: listed, filled, heeded, and emptied without losing a chat."""

import pytest
from django.test import AsyncClient, Client
from django.urls import reverse

from accounts.credentials import tokens
from aiapp.db import in_db
from chat.conversations import conversations, folders
from chat.conversations.listing import load_listing
from chat.models import Conversation, Folder, Instructions
from tests.processes import model_requests

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(alice) -> Folder:
    return folders.create(alice, "Harbours", "Answer as a pilot would.")


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_chats_of_a_folder_stand_in_it_and_not_in_the_list(alice, folder):
    loose, filed, pinned = (conversations.create(alice, name) for name in ("a", "b", "c"))
    for chat in (filed, pinned):
        folders.move(chat, folder)
    conversations.arrange(pinned, pinned=True)
    shown = load_listing(alice)
    assert [(each.folder, each.chats) for each in shown.folders] == [(folder, [filed])]
    assert [chat for group in shown.groups for chat in group.chats] == [pinned, loose]
    page = client_of(alice).get("/chat/").content.decode()
    assert "Harbours" in page


def test_a_chat_is_moved_in_and_out_by_its_menu(alice, bob, folder):
    chat = conversations.create(alice, "Tides")
    path, client = reverse("chat:move", args=[chat.id]), client_of(alice)
    assert folder.name in client.get(path).content.decode()
    client.post(path, {"folder": str(folder.id)})
    assert Conversation.objects.get().folder == folder
    foreign = folders.create(bob, "His")
    assert client.post(path, {"folder": str(foreign.id)}).status_code == 404
    assert Conversation.objects.get().folder == folder
    client.post(path, {"folder": ""})
    assert Conversation.objects.get().folder is None


def test_a_folder_that_is_deleted_leaves_its_chats(alice, folder):
    chat = conversations.create(alice, "Tides", folder=folder)
    client_of(alice).post(reverse("chat:folder", args=[folder.id]), {"delete": "1"})
    assert not Folder.objects.exists()
    assert Conversation.objects.get() == chat


def test_names_are_there_once_and_not_empty(alice, bob, folder):
    folders.create(bob, "Harbours")
    client, path = client_of(alice), reverse("chat:folder_new")
    page = client.post(path, {"name": "Harbours"}).content.decode()
    assert "You already have a folder with this name." in page
    client.post(path, {"name": " \x00 "})
    assert Folder.objects.filter(owner=alice).count() == 1
    client.post(path, {"name": "Tides"})
    assert Folder.objects.filter(owner=alice).count() == 2


async def test_its_instructions_follow_the_members_own(alice, folder, fake_model):
    await Instructions.objects.acreate(owner=alice, text="Metric units.")
    client = AsyncClient()
    await client.aforce_login(alice)
    asked = {"content": "filed question", "folder": str(folder.id)}
    await client.post(reverse("chat:ask"), asked, follow=True)
    chat = await in_db(Conversation.objects.get)
    assert chat.folder_id == folder.id
    loose = {"content": "loose question"}
    await client.post(reverse("chat:ask"), loose, follow=True)
    (filed,) = model_requests.list_bodies(fake_model, "filed question", last=1)
    assert filed["messages"][0]["content"].endswith("Metric units.\n\nAnswer as a pilot would.")
    (loose,) = model_requests.list_bodies(fake_model, "loose question", last=1)
    assert loose["messages"][0]["content"].endswith("Metric units.")


async def test_nobody_asks_into_the_folder_of_another(bob, folder):
    client = AsyncClient()
    await client.aforce_login(bob)
    asked = {"content": "hello", "folder": str(folder.id)}
    assert (await client.post(reverse("chat:ask"), asked)).status_code == 404
    assert not await in_db(Conversation.objects.exists)


def test_programs_file_too(alice, bob, folder):
    def call(user, method: str, path: str, body: object = None):
        headers = {"Authorization": f"Bearer {tokens.issue(user).access}"}
        kind = "application/json"
        return getattr(Client(), method)(path, body, content_type=kind, headers=headers)

    made = call(alice, "post", "/api/conversations", {"folder": str(folder.id)}).json()
    assert made["folder"] == str(folder.id)
    path = f"/api/conversations/{made['id']}"
    assert call(alice, "patch", path, {"title": "Tides"}).json()["folder"] == str(folder.id)
    assert call(alice, "patch", path, {"folder": None}).json()["folder"] is None
    assert call(bob, "post", "/api/conversations", {"folder": str(folder.id)}).status_code == 404
    assert call(alice, "get", "/api/folders").json()[0]["name"] == "Harbours"
    assert call(bob, "get", "/api/folders").json() == []
    path = f"/api/folders/{folder.id}"
    assert call(bob, "patch", path, {"name": "x"}).status_code == 404
    assert call(alice, "patch", path, {"name": "Ports"}).json()["name"] == "Ports"
    again = call(alice, "post", "/api/folders", {"name": "Ports"})
    assert again.status_code == 409
    assert call(bob, "delete", path).status_code == 404
    assert call(alice, "delete", path).status_code == 204
