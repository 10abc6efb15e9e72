"""The prompt of an answer can be looked at, and shows no more than its reader may open."""

from django.test import Client

from accounts.models import User
from aiapp.db import in_db
from chat import asking
from chat.memory import facts
from chat.memory.summarising import summarise
from chat.models import Instructions
from chat.tests.scripted_model import script_model
from chat.turns.accepting.places import Leaf, NewConversation
from chat.turns.accepting.request import Choices, Question
from documents.models import Document
from documents.tests.library import ready_document


async def ask(user: User, text: str, conversation=None, model="echo", collections=()):
    accepted = await asking.ask(
        user,
        Question(text),
        Choices(model, collections=None if collections is None else []),
        follows=Leaf(conversation.id) if conversation else NewConversation(),
    )
    await asking.outcome(accepted.turn)
    return accepted


def parts(client: Client, message_id) -> dict[str, dict]:
    answer = client.get(f"/api/messages/{message_id}/prompt")
    assert answer.status_code == 200
    told = answer.json()
    assert told["tokens"] == sum(part["tokens"] for part in told["parts"])
    assert 0 < told["tokens"] < told["context"]
    return {part["name"]: part for part in told["parts"]}


async def test_each_part_is_named_with_what_it_takes(alice: User, client, settings) -> None:
    settings.MEMORY_EXCHANGES = 4
    await in_db(ready_document, alice)
    await in_db(facts.switch, alice, on=True)
    await in_db(facts.add, alice, "Is a nurse.")
    await in_db(
        lambda: Instructions.objects.update_or_create(
            owner=alice, defaults={"text": "Be brief.", "learns": True}
        )
    )
    async with script_model(settings, lambda _: "- Something was said."):
        first = await ask(alice, "Hello.", model="worker")
        last = first
        for n in range(5):
            last = await ask(alice, f"Note {n}.", first.conversation, "worker")
            await summarise(last.assistant_message.id)
        last = await ask(
            alice, "How many days of vacation a month?", first.conversation, "worker", None
        )
    await in_db(client.force_login, alice)
    prompt = await in_db(parts, client, last.assistant_message.id)
    assert list(prompt) == [
        "rules", "instructions", "facts", "notes", "history", "question", "passages", "tools",
    ]  # fmt: skip
    assert prompt["instructions"]["text"] == "Be brief."
    assert prompt["facts"]["text"] == "Is a nurse."
    assert prompt["notes"]["text"] == "- Something was said."
    assert prompt["history"]["messages"] == 8
    assert prompt["question"]["text"] == "How many days of vacation a month?"
    assert prompt["passages"]["passages"][0]["title"]
    assert "calculator" in prompt["tools"]["names"]
    page = (
        await in_db(client.get, f"/chat/messages/{last.assistant_message.id}/prompt/")
    ).content.decode()
    for words in ("Be brief.", "Is a nurse.", "- Something was said.", "Notes on earlier messages"):
        assert words in page


async def test_documents_that_may_not_be_opened_any_more_are_not_named(alice: User, client) -> None:
    document = await in_db(ready_document, alice)
    asked = await ask(alice, "How many days of vacation a month?", collections=None)
    await in_db(client.force_login, alice)
    before = await in_db(parts, client, asked.assistant_message.id)
    assert before["passages"]["passages"][0]["document"] == str(document.id)
    await in_db(Document.objects.filter(id=document.id).delete)
    after = await in_db(parts, client, asked.assistant_message.id)
    assert {place["title"] for place in after["passages"]["passages"]} == {""}
    page = (
        await in_db(client.get, f"/chat/messages/{asked.assistant_message.id}/prompt/")
    ).content.decode()
    assert document.title not in page
    assert "can no longer open" in page


async def test_a_question_has_no_prompt_and_nobody_elses_answer_has_one(
    alice: User, bob: User, client
) -> None:
    asked = await ask(alice, "Hello.")
    await in_db(client.force_login, alice)
    question = await in_db(client.get, f"/api/messages/{asked.user_message.id}/prompt")
    await in_db(client.force_login, bob)
    foreign = await in_db(client.get, f"/api/messages/{asked.assistant_message.id}/prompt")
    assert (question.status_code, foreign.status_code) == (404, 404)
