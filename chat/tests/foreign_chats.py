"""Chats whose beginning somebody else wrote, in each of the ways that there are."""

import json
from collections.abc import Callable
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from chat.conversations import conversations, exporting, sharing
from chat.importing import saving, uploads
from chat.models import Conversation, Message

Make = Callable[[User, User, str], Conversation]


def chat_of(user: User, question: str, answer: str = "Noted.") -> Conversation:
    """A chat as it is in the database once a question in it was answered."""
    chat = conversations.create(user, "Money")
    asked = Message.objects.create(conversation=chat, role="user", content=question)
    Message.objects.create(conversation=chat, parent=asked, role="assistant", content=answer)
    return chat


def continue_shared(reader: User, writer: User, question: str) -> Conversation:
    shared = sharing.share(writer, chat_of(writer, question), audience="members")
    return sharing.continue_chat(reader, shared)


def import_file(user: User, *chats: object) -> Conversation:
    known = set(Conversation.objects.values_list("id", flat=True))
    data = json.dumps(chats).encode()
    job = uploads.accept(user, SimpleUploadedFile("conversations.json", data))
    saving.run(job.id)
    return Conversation.objects.exclude(id__in=known).get(owner=user)


def import_own_export(reader: User, writer: User, question: str) -> Conversation:
    """From an export of ours, which says of its messages that they are the reader's own."""
    return import_file(reader, exporting.export_json(chat_of(writer, question)))


def import_from_elsewhere(reader: User, writer: User, question: str) -> Conversation:
    def node(key: str, parent: str | None, role: str, text: str) -> dict[str, object]:
        content = {"content_type": "text", "parts": [text]}
        message = {"author": {"role": role}, "create_time": 1.0, "content": content}
        return {"id": key, "parent": parent, "children": [], "message": message}

    nodes = [node("a", None, "user", question), node("b", "a", "assistant", "Noted.")]
    mapping = {each["id"]: each for each in nodes}
    chat = {"title": "Money", "conversation_id": str(uuid4()), "mapping": mapping}
    return import_file(reader, chat | {"current_node": "b"})


WAYS: dict[str, Make] = {
    "shared": continue_shared,
    "imported": import_own_export,
    "from elsewhere": import_from_elsewhere,
}
