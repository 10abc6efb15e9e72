"""The data that chat keeps of a user: added to the user's archive, taken away with the account."""

from typing import Any
from zipfile import ZipFile

import orjson

from accounts.models import User
from accounts.people.data_export import add_json
from aiapp.sql.deletion import delete_rows
from chat.batches import results
from chat.conversations import access, exporting
from chat.conversations.withholding import withhold_batches
from chat.memory import facts
from chat.models import Attachment, Batch, Conversation, Instructions, NextQuestion

BATCH = 200


def add_to_archive(user: User, archive: ZipFile) -> None:
    """Chats in the form that can be imported again, their pictures, and whatever else is kept."""
    chats = access.conversations(user).order_by("pk")
    with archive.open("chats.json", "w") as file:
        file.write(b"[")
        for number, chat in enumerate(chats.iterator(chunk_size=100)):
            file.write((b",\n" if number else b"\n") + orjson.dumps(exporting.export_json(chat)))
        file.write(b"\n]\n")
    prompts = access.prompts(user).values("title", "text", "origin", "created")
    add_json(archive, "prompts.json", list(prompts))
    told = Instructions.objects.filter(owner=user).values(
        "text", "enabled", "model", "learns", "titles", "follow_ups"
    )
    add_json(archive, "instructions.json", list(told))
    for picture in Attachment.objects.filter(owner=user).iterator(chunk_size=10):
        suffix = picture.media_type.removeprefix("image/")
        archive.writestr(f"pictures/{picture.id}.{suffix}", bytes(picture.data))
    jobs = [
        {"title": batch.title, "created": batch.created, "items": _items(user, batch)}
        for batch in withhold_batches(user, access.batches(user).order_by("pk"))
    ]
    add_json(archive, "batches.json", jobs)
    waiting = NextQuestion.objects.filter(owner=user, conversation__deleted=None)
    add_json(archive, "next_questions.json", list(waiting.values("content", "created")))
    add_json(archive, "facts.json", list(facts.of(user).values("text", "created")))


def _items(user: User, batch: Batch) -> list[dict[str, Any]]:
    kept = ("text", "answer", "citations", "error")
    return [{name: getattr(item, name) for name in kept} for item in results.items(user, batch)]


def take_away(user: User) -> None:
    own = Conversation.objects.filter(owner=user)
    while ids := list(own.values_list("pk", flat=True)[:BATCH]):
        delete_rows(Conversation.objects.filter(pk__in=ids))
