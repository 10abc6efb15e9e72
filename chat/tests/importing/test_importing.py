"""Chats brought along: from our own export and from ChatGPT's, whole or not at all."""

import io
import json
import zipfile
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError

from accounts.credentials import tokens
from aiapp.errors import InvalidInput
from chat import tasks
from chat.conversations import conversations, exporting
from chat.importing import files, saving, uploads
from chat.importing.formats import read_chat
from chat.models import ChatImport, Citation, Conversation, Message
from tests.full_disk import full_disk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def node(key, parent, role="", text="", **more):
    """A node of ChatGPT's tree; without a role one that holds nothing."""
    message = {
        "author": {"role": role},
        "create_time": 1_700_000_000.0 + int(key[1:]),
        "content": {"content_type": "text", "parts": [text]},
        **more,
    }
    return {"id": key, "parent": parent, "children": [], "message": message if role else None}


def chatgpts(*nodes, current="n3", name="c-1", title="Tea"):
    return {
        "title": title,
        "create_time": 1_700_000_000.5,
        "conversation_id": name,
        "current_node": current,
        "mapping": {each["id"]: each for each in nodes},
    }


TEA = chatgpts(
    node("n0", None),
    node("n1", "n0", "system", "Be brief."),
    node("n2", "n1", "user", "What is tea?"),
    node("n3", "n2", "assistant", "A drink."),
    node("n4", "n2", "assistant", "A leaf, and what is made of it."),
)


def run_import(user, data: bytes, name: str = "conversations.json") -> ChatImport:
    job = uploads.accept(user, SimpleUploadedFile(name, data))
    saving.run(job.id)
    job.refresh_from_db()
    assert not default_storage.exists(job.file)
    return job


def test_a_file_that_the_broker_did_not_hear_of_is_imported_later(alice, monkeypatch, caplog):
    def fail(*args, **options):
        raise OperationalError

    file = SimpleUploadedFile("conversations.json", json.dumps([TEA]).encode())
    with monkeypatch.context() as away:
        away.setattr(tasks.import_chats, "apply_async", fail)
        job = uploads.accept(alice, file)
    assert [record.message for record in caplog.records] == ["import_not_queued"]
    assert default_storage.exists(job.file)
    assert uploads.IMPORT.find_abandoned() == [job.id]
    saving.run(job.id)
    job.refresh_from_db()
    assert (job.state, job.imported) == (ChatImport.State.DONE, 1)


def test_an_import_waits_for_room_however_often(alice):
    file = SimpleUploadedFile("conversations.json", json.dumps([TEA]).encode())
    job = uploads.accept(alice, file)
    with full_disk("chat_conversation"):
        for _ in range(saving.MAX_ATTEMPTS + 1):
            ChatImport.objects.update(claimed_until=Now())
            saving.run(job.id)
    assert default_storage.exists(job.file)
    ChatImport.objects.update(claimed_until=Now())
    saving.run(job.id)
    job.refresh_from_db()
    assert (job.state, job.imported) == (ChatImport.State.DONE, 1)


def zip_members(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("_json", ".json"), data)
    return file.getvalue()


def branch(conversation) -> list[tuple[str, str]]:
    return [(each.role, each.content) for each in conversations.branch(conversation)]


def test_chatgpts_branches_times_and_shown_answer_are_kept(alice):
    job = run_import(alice, json.dumps([TEA]).encode())
    assert (job.state, job.imported, job.skipped) == ("done", 1, 0)
    chat = Conversation.objects.get(owner=alice)
    assert chat.title == "Tea"
    assert chat.created.isoformat() == "2023-11-14T22:13:20.500000+00:00"
    assert branch(chat) == [("user", "What is tea?"), ("assistant", "A drink.")]
    answers = Message.objects.filter(conversation=chat, role="assistant")
    assert {each.parent.content for each in answers} == {"What is tea?"}
    assert answers.get(content="A drink.").created.timestamp() == 1_700_000_003


def test_what_was_not_for_the_reader_is_left_out_and_pictures_are_named(alice):
    picture = {"content_type": "image_asset_pointer", "asset_pointer": "file://x"}
    mixed = {"content_type": "multimodal_text", "parts": [picture, "What is\x00 this?"]}
    hidden = {"is_visually_hidden_from_conversation": True}
    data = chatgpts(
        node("n1", None, "user", content=mixed),
        node("n2", "n1", "assistant", "search('tea')", recipient="browser"),
        node("n3", "n2", "tool", "<html>"),
        node("n4", "n3", "assistant", "thinking", metadata=hidden),
        node("n5", "n4", "assistant", "A cup of tea."),
        current="n5",
    )
    run_import(alice, json.dumps([data]).encode())
    chat = Conversation.objects.get(owner=alice)
    assert branch(chat) == [("user", "[image]\n\nWhat is this?"), ("assistant", "A cup of tea.")]


def test_the_archive_is_taken_as_it_comes_in_one_part_or_several(alice):
    other = json.dumps([chatgpts(node("n1", None, "user", "Hi"), name="c-2")]).encode()
    archive = zip_members(
        export__conversations_json=json.dumps([TEA]).encode(),
        **{"export__conversations-001_json": other, "chat.html": b"<html>", "user_json": b"{}"},
    )
    assert run_import(alice, archive, "export.zip").imported == 2


def test_nothing_is_doubled(alice, bob):
    data = json.dumps([TEA, TEA]).encode()
    first, second = run_import(alice, data), run_import(alice, data)
    assert (first.imported, first.known) == (1, 1)
    assert (second.imported, second.known) == (0, 2)
    assert run_import(bob, data).imported == 1
    # What was deleted for good may be brought in again.
    Conversation.objects.filter(owner=alice).delete()
    assert run_import(alice, data).imported == 1


def grow_tea(*more, current):
    return chatgpts(*TEA["mapping"].values(), *more, current=current)


def test_a_chat_that_has_gone_on_since_gets_its_new_messages_once(alice):
    run_import(alice, json.dumps([TEA]).encode())
    more = node("n5", "n3", "user", "Of what?"), node("n6", "n5", "assistant", "Of leaves.")
    data = json.dumps([grow_tea(*more, current="n6")]).encode()
    first, second = run_import(alice, data), run_import(alice, data)
    assert (first.imported, first.known) == (1, 0)
    assert (second.imported, second.known) == (0, 1)
    chat = Conversation.objects.get(owner=alice)
    assert [content for _, content in branch(chat)] == [
        *("What is tea?", "A drink.", "Of what?", "Of leaves.")
    ]
    assert chat.updated.timestamp() == 1_700_000_006
    assert chat.messages.count() == 5


def test_what_was_written_here_since_stays_what_is_shown(alice):
    run_import(alice, json.dumps([TEA]).encode())
    chat = Conversation.objects.get(owner=alice)
    drink = chat.messages.get(content="A drink.")
    mine = Message.objects.create(conversation=chat, parent=drink, role="user", content="Here")
    Conversation.objects.filter(id=chat.id).update(leaf=mine.id)
    run_import(
        alice, json.dumps([grow_tea(node("n5", "n3", "user", "There"), current="n5")]).encode()
    )
    chat.refresh_from_db()
    assert [content for _, content in branch(chat)] == ["What is tea?", "A drink.", "Here"]
    assert {each.content for each in drink.children.all()} == {"Here", "There"}


def test_a_message_that_is_read_in_other_words_now_is_not_doubled(alice):
    run_import(alice, json.dumps([TEA]).encode())
    # As a release before read it.
    Message.objects.filter(content="A drink.").update(content="A drink")
    run_import(
        alice, json.dumps([grow_tea(node("n5", "n3", "user", "Hot?"), current="n5")]).encode()
    )
    chat = Conversation.objects.get(owner=alice)
    assert [content for _, content in branch(chat)] == ["What is tea?", "A drink", "Hot?"]
    assert chat.messages.count() == 4


def test_messages_without_times_are_new_where_the_chat_ended(alice):
    def export_without_times(*nodes, current):
        for each in nodes:
            each["message"]["create_time"] = None
        return json.dumps([chatgpts(*nodes, current=current)]).encode()

    two = node("n1", None, "user", "Hi"), node("n2", "n1", "assistant", "Hello")
    run_import(alice, export_without_times(*two, current="n2"))
    more = node("n3", "n2", "user", "Bye"), node("n4", "n1", "assistant", "Not shown before")
    assert run_import(alice, export_without_times(*two, *more, current="n3")).imported == 1
    chat = Conversation.objects.get(owner=alice)
    assert [content for _, content in branch(chat)] == ["Hi", "Hello", "Bye"]
    assert not chat.messages.filter(content="Not shown before").exists()


def test_a_chat_that_was_thrown_away_comes_back_when_it_is_imported_again(alice):
    data = json.dumps([TEA]).encode()
    run_import(alice, data)
    Conversation.objects.update(deleted=Now())
    job = run_import(alice, data)
    assert (job.imported, job.known) == (1, 0)
    assert run_import(alice, data).known == 1
    assert Conversation.objects.get(owner=alice, deleted=None).title == "Tea"


def test_our_own_export_comes_back_whole_to_somebody_else_and_is_known_to_its_owner(alice, bob):
    chat = conversations.create(alice, "Harbours")
    asked = Message.objects.create(conversation=chat, role="user", content="When?")
    said = [
        Message.objects.create(conversation=chat, parent=asked, role="assistant", content=text)
        for text in ("At seven.", "At eight.")
    ]
    conversations.show(said[0])
    data = exporting.export_json(chat)
    cited = {"n": 1, "document": "guide", "page": 4, "quote": "opens", "supported": True}
    data["messages"][1]["citations"] = [cited, cited, {"n": "x"}, 5]
    assert run_import(alice, json.dumps(data).encode()).known == 1
    assert run_import(bob, json.dumps(data).encode()).imported == 1
    copy = Conversation.objects.get(owner=bob)
    assert branch(copy) == branch(chat)
    again = exporting.export_json(copy)
    assert [each["content"] for each in again["messages"]] == ["When?", "At seven.", "At eight."]
    assert again["messages"][0]["created"] == data["messages"][0]["created"]
    [citation] = Citation.objects.all()
    assert (citation.document_title, citation.page, citation.quote) == ("guide", 4, "opens")


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (chatgpts(node("n1", None)), "no messages"),
        ({"a": 1}, "format is not known"),
        (17, "format is not known"),
        ({"format": "aiapp-chat", "version": 9}, "newer version"),
        ({"format": "aiapp-chat", "version": 1, "id": "x", "messages": [{}]}, "not complete"),
    ],
)
def test_what_cannot_be_imported_is_told_with_its_reason_and_the_rest_is(alice, wrong, reason):
    job = run_import(alice, json.dumps([wrong, TEA]).encode())
    assert (job.state, job.imported, job.skipped) == ("done", 1, 1)
    assert reason in job.reasons[0]["reason"]


@pytest.mark.parametrize(
    "data",
    [
        b'[{"mapping": {',
        json.dumps([TEA]).encode() + b"x",
        b"[" * 2_000_000,
        zip_members(conversations_json=b"[1]")[:-30],
        zip_members(other_json=b"[]"),
    ],
)
def test_a_broken_file_fails_with_words_and_keeps_what_was_whole(alice, data):
    job = run_import(alice, data)
    assert job.state == "failed"
    assert job.error
    assert job.imported == Conversation.objects.count()


def test_an_archive_that_unpacks_without_end_is_cut_off(alice, monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 100_000)
    job = run_import(alice, zip_members(conversations_json=b"[" + b" " * 10_000_000 + b"]"))
    assert (job.state, job.imported) == ("failed", 0)
    assert "more in this file" in job.error


def test_an_archive_of_files_without_end_is_cut_off(alice, monkeypatch):
    monkeypatch.setattr(files, "MAX_MEMBERS", 2)
    members = {f"conversations-{number}_json": b"[]" for number in range(3)}
    job = run_import(alice, zip_members(**members), "export.zip")
    assert (job.state, job.error) == ("failed", files.TOO_MUCH)


def test_other_files_are_refused_at_once(alice):
    for data in (b"%PDF-1.7", b"", b"hello"):
        with pytest.raises(InvalidInput):
            uploads.accept(alice, SimpleUploadedFile("chats.json", data))
    assert not ChatImport.objects.exists()


def test_an_import_whose_worker_was_killed_is_taken_up_again(alice):
    job = uploads.accept(alice, SimpleUploadedFile("c.json", json.dumps([TEA]).encode()))
    saving.save(alice, read_chat(TEA))
    ChatImport.objects.filter(id=job.id).update(state="running")
    assert job.id in uploads.IMPORT.find_abandoned()
    saving.run(job.id)
    saving.run(job.id)
    job.refresh_from_db()
    assert (job.state, job.imported, job.known) == ("done", 0, 1)
    assert uploads.IMPORT.find_abandoned() == []


def test_an_import_that_ends_each_worker_is_not_begun_for_ever(alice):
    job = uploads.accept(alice, SimpleUploadedFile("c.json", json.dumps([TEA]).encode()))
    # Nobody foresaw a folder in the place of the file.
    path = Path(default_storage.path(job.file))
    path.unlink()
    path.mkdir()
    for _ in range(saving.MAX_ATTEMPTS):
        with pytest.raises(IsADirectoryError):
            saving.run(job.id)
        ChatImport.objects.filter(id=job.id).update(claimed_until=Now())
    saving.run(job.id)
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", saving.INTERRUPTED)
    assert uploads.IMPORT.find_abandoned() == []


def test_what_is_no_chat_costs_no_write_each_and_has_an_end(
    alice, monkeypatch, django_assert_max_num_queries
):
    job = uploads.accept(alice, SimpleUploadedFile("a.json", b"[" + b"{}," * 2_000 + b"{}]"))
    # A slow machine notes its progress a few times meanwhile.
    with django_assert_max_num_queries(200):
        saving.run(job.id)
    job.refresh_from_db()
    assert (job.state, job.skipped, len(job.reasons)) == ("done", 2_001, saving.MAX_REASONS)
    monkeypatch.setattr(saving, "MAX_CHATS", 2)
    job = run_import(alice, json.dumps([{}, TEA, TEA]).encode())
    assert (job.state, job.imported, job.skipped) == ("failed", 1, 1)
    assert "more in this file" in job.error


def test_imports_of_one_person_go_one_after_the_other(alice, bob, monkeypatch):
    data = json.dumps([TEA]).encode()
    first, second, bobs = (
        uploads.accept(user, SimpleUploadedFile("a.json", data)) for user in (alice, alice, bob)
    )
    queued = []
    monkeypatch.setattr(
        tasks.import_chats,
        "apply_async",
        lambda args, *more, **options: queued.append(UUID(args[0])),
    )

    def states():
        rows = ChatImport.objects.order_by("pk")
        return [row.state for row in rows]

    # A worker is at the first.
    assert uploads.IMPORT.claim(first.id, state=ChatImport.State.RUNNING)
    saving.run(second.id)
    saving.run(bobs.id)
    assert states() == ["running", "queued", "done"]
    ChatImport.objects.filter(id=first.id).update(claimed_until=Now())
    saving.run(first.id)
    assert queued == [second.id]
    saving.run(second.id)
    assert states() == ["done", "done", "done"]


def test_of_messages_that_are_too_many_for_a_chat_no_end_is_imported(alice, monkeypatch):
    monkeypatch.setattr("chat.importing.lists.MAX_MESSAGES", 2)
    monkeypatch.setattr("chat.importing.parsed_chat.MAX_MESSAGES", 2)
    job = run_import(alice, json.dumps([{"role": "user", "content": "a"}] * 5).encode())
    assert (job.state, job.imported, job.skipped) == ("done", 0, 1)


def test_the_page_and_the_api_take_files_and_tell_how_far_they_are(alice, bob):
    client = Client()
    client.force_login(alice)
    file = SimpleUploadedFile("chats.json", json.dumps([TEA]).encode())
    page = client.post(reverse("chat:import"), {"file": file}, follow=True).content.decode()
    assert "Waiting" in page
    refused = client.post(reverse("chat:import"), {"file": SimpleUploadedFile("x.pdf", b"%PDF")})
    assert refused.status_code == 422
    assert "contains no chats" in refused.content.decode()
    saving.run(ChatImport.objects.get().id)
    assert "1 chat imported" in client.get(reverse("chat:imports")).content.decode()

    def api(user) -> dict[str, str]:
        return {"Authorization": f"Bearer {tokens.issue(user).access}"}

    file = SimpleUploadedFile("chats.json", json.dumps([TEA]).encode())
    sent = client.post("/api/conversations/import", {"file": file}, headers=api(alice))
    assert sent.status_code == 202
    address = f"/api/conversations/imports/{sent.json()['id']}"
    saving.run(sent.json()["id"])
    assert client.get(address, headers=api(alice)).json()["known"] == 1
    assert client.get(address, headers=api(bob)).status_code == 404
    chat = Conversation.objects.get(owner=alice)
    address = f"/api/conversations/{chat.id}/export"
    assert client.get(address, headers=api(alice)).json()["title"] == "Tea"
    assert client.get(address, headers=api(bob)).status_code == 404
    unknown = client.get(f"/api/conversations/{uuid4()}/export", headers=api(bob))
    assert unknown.content == client.get(address, headers=api(bob)).content
