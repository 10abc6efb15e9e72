"""A chat is a tree: questions edited and answered again stand beside each other."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import AsyncClient

from accounts.credentials import tokens
from accounts.models import User
from aiapp.db import in_db
from chat.conversations import conversations
from chat.models import Conversation, Message, Turn
from chat.tests.conftest import ask, entries
from chat.turns.results import Result
from chat.turns.running.finishing import finish
from documents.tests.library import TokenClient


async def client_of(user: User) -> AsyncClient:
    return TokenClient((await in_db(tokens.issue, user)).access)


class Chat:
    """A conversation as a program sees it; each question is answered before the next call."""

    def __init__(self, client: AsyncClient, id: str) -> None:
        self.client = client
        self.path = f"/api/conversations/{id}"

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = {"data": body, "content_type": "application/json"} if body is not None else {}
        return await getattr(self.client, method)(path, headers=headers, **sent)

    async def call_and_wait(self, method: str, path: str, body: Any) -> dict[str, Any]:
        response = await self.call(method, path, body)
        assert response.status_code == 202, response.content
        accepted = response.json()
        turn = await Turn.objects.select_related("message").aget(id=accepted["turn"]["id"])
        await entries(turn)
        return accepted

    async def ask(self, text: str, **more: Any) -> dict[str, Any]:
        return await self.call_and_wait(
            "post", f"{self.path}/messages", {"content": text, "collections": []} | more
        )

    async def edit(self, asked: dict[str, Any], text: str, **more: Any) -> dict[str, Any]:
        path = f"/api/messages/{asked['user_message']['id']}"
        return await self.call_and_wait("patch", path, {"content": text} | more)

    async def again(self, asked: dict[str, Any]) -> dict[str, Any]:
        path = f"/api/messages/{asked['assistant_message']['id']}/regenerate"
        return await self.call_and_wait("post", path, {})

    async def messages(self, query: str = "") -> list[dict[str, Any]]:
        return (await self.call("get", f"{self.path}/messages{query}")).json()

    async def texts(self, query: str = "") -> list[str]:
        return [message["content"].strip() for message in await self.messages(query)]


async def begin(user: User) -> Chat:
    client = await client_of(user)
    made = await client.post("/api/conversations", {}, content_type="application/json")
    return Chat(client, made.json()["id"])


async def test_an_edited_question_is_answered_beside_the_first(alice: User) -> None:
    chat = await begin(alice)
    first = await chat.ask("one")
    second = await chat.ask("two")
    edited = await chat.edit(second, "three")
    assert edited["user_message"]["parent_id"] == first["assistant_message"]["id"]
    assert edited["user_message"]["siblings"] == [
        second["user_message"]["id"], edited["user_message"]["id"],
    ]  # fmt: skip
    assert await chat.texts() == ["one", "one", "three", "three"]
    leaf = second["assistant_message"]["id"]
    assert await chat.texts(f"?leaf={leaf}") == ["one", "one", "two", "two"]


async def test_the_first_question_can_be_edited(alice: User) -> None:
    chat = await begin(alice)
    first = await chat.ask("one")
    await chat.ask("two")
    edited = await chat.edit(first, "other")
    assert edited["user_message"]["parent_id"] is None
    assert await chat.texts() == ["other", "other"]


async def test_an_edited_question_keeps_what_was_chosen_for_the_first(alice: User) -> None:
    chat = await begin(alice)
    first = await chat.ask("one", model="echo")
    edited = await chat.edit(first, "two")
    kept = await Turn.objects.aget(id=edited["turn"]["id"])
    assert (kept.model, kept.collections) == ("echo", [])
    unlimited = await chat.edit(first, "three", collections=None)
    assert (await Turn.objects.aget(id=unlimited["turn"]["id"])).collections is None


async def test_the_branch_that_is_shown_is_the_one_that_goes_on(alice: User) -> None:
    chat = await begin(alice)
    first = await chat.ask("one")
    await chat.ask("old")
    await chat.edit(first, "other")
    shown = await chat.call("patch", chat.path, {"leaf": first["user_message"]["id"]})
    assert shown.status_code == 200
    assert await chat.texts() == ["one", "one", "old", "old"]
    await chat.ask("further")
    assert await chat.texts() == ["one", "one", "old", "old", "further", "further"]


async def test_another_answer_is_shown_and_both_are_named(alice: User) -> None:
    chat = await begin(alice)
    first = await chat.ask("one")
    second = await chat.again(first)
    both = [each["assistant_message"]["id"] for each in (first, second)]
    shown = (await chat.messages())[-1]
    assert (shown["id"], shown["siblings"]) == (both[1], both)


async def test_a_question_follows_the_answer_that_it_names(alice: User) -> None:
    chat = await begin(alice)
    first = await chat.ask("one")
    await chat.ask("two")
    await chat.ask("three", parent_id=first["assistant_message"]["id"])
    assert await chat.texts() == ["one", "one", "three", "three"]
    await chat.ask("anew", parent_id=None)
    assert await chat.texts() == ["anew", "anew"]


async def test_what_a_question_cannot_follow_is_refused(alice: User, bob: User) -> None:
    chat, elsewhere, theirs = await begin(alice), await begin(alice), await begin(bob)
    first, other = await chat.ask("one"), await elsewhere.ask("one")
    foreign = await theirs.ask("one")
    for parent, status in (
        (first["user_message"]["id"], 422),
        (other["assistant_message"]["id"], 404),
        (foreign["assistant_message"]["id"], 404),
        (str(uuid4()), 404),
    ):
        body = {"content": "two", "parent_id": parent}
        answer = await chat.call("post", f"{chat.path}/messages", body)
        assert answer.status_code == status, parent
        shown = await chat.call("patch", chat.path, {"leaf": parent})
        assert shown.status_code == (200 if status == 422 else 404)
    assert await Message.objects.filter(conversation__owner=alice).acount() == 4


async def test_only_questions_are_edited_and_only_ones_own(alice: User, bob: User) -> None:
    chat, theirs = await begin(alice), await begin(bob)
    first, foreign = await chat.ask("one"), await theirs.ask("one")
    for message, status in (
        (first["assistant_message"], 422),
        (foreign["user_message"], 404),
    ):
        answer = await chat.call("patch", f"/api/messages/{message['id']}", {"content": "two"})
        assert answer.status_code == status


async def test_an_edit_that_is_sent_twice_is_made_once(alice: User) -> None:
    chat = await begin(alice)
    first = await chat.ask("one")
    path = f"/api/messages/{first['user_message']['id']}"
    name = {"Idempotency-Key": "the-edit"}
    sent = [await chat.call("patch", path, {"content": "two"}, **name) for _ in range(2)]
    assert len({answer.json()["turn"]["id"] for answer in sent}) == 1
    turn = await Turn.objects.select_related("message").aget(id=sent[0].json()["turn"]["id"])
    await entries(turn)
    await chat.again(first)
    reused = await chat.call("patch", path, {"content": "three"}, **name)
    assert (reused.status_code, reused.json()["error"]["code"]) == (409, "request_id_reused")


async def test_the_tree_comes_whole_and_by_pages(alice: User) -> None:
    chat = await begin(alice)
    first = await chat.ask("one")
    await chat.edit(first, "two")
    await chat.again(first)
    assert await chat.texts("?tree=true") == ["one", "one", "two", "two", "one"]
    seen, path = [], f"{chat.path}/messages?tree=true&limit=2"
    while path:
        page = await chat.call("get", path)
        seen += [message["content"].strip() for message in page.json()]
        path = page.get("Link", "")[1:].partition(">")[0]
    assert seen == ["one", "one", "two", "two", "one"]


async def test_a_long_branch_comes_by_pages(alice: User) -> None:
    chat = await begin(alice)
    for text in ("one", "two", "three"):
        await chat.ask(text)
    seen, path = [], f"{chat.path}/messages?limit=4"
    while path:
        page = await chat.call("get", path)
        seen = [message["content"].strip() for message in page.json()] + seen
        path = page.get("Link", "")[1:].partition(">")[0]
    assert seen == ["one", "one", "two", "two", "three", "three"]


async def test_an_answer_is_rated_and_the_last_word_counts(alice: User, bob: User) -> None:
    chat = await begin(alice)
    first = await chat.ask("one")
    path = f"/api/messages/{first['assistant_message']['id']}/feedback"
    assert (await chat.call("post", path, {"rating": "up"})).status_code == 204
    said = {"rating": "down", "reason": "wrong page"}
    assert (await chat.call("post", path, said)).status_code == 204
    assert (await chat.messages())[-1]["feedback"] == said
    assert (await chat.call("post", path, {"rating": "so-so"})).status_code == 422
    asked = f"/api/messages/{first['user_message']['id']}/feedback"
    assert (await chat.call("post", asked, said)).status_code == 422
    theirs = await begin(bob)
    assert (await theirs.call("post", path, {"rating": "up"})).status_code == 404
    assert (await chat.messages())[-1]["feedback"] == said


async def test_the_state_of_a_turn_can_be_asked_for(alice: User, bob: User) -> None:
    chat, theirs = await begin(alice), await begin(bob)
    path = f"/api/turns/{(await chat.ask('one'))['turn']['id']}"
    assert (await chat.call("get", path)).json()["state"] == "done"
    assert (await theirs.call("get", path)).status_code == 404


async def test_a_chat_of_before_shows_what_was_made_last(alice: User) -> None:
    chat = await begin(alice)
    await chat.ask("one")
    await chat.ask("two")
    await Conversation.objects.aupdate(leaf=None)
    assert await chat.texts() == ["one", "one", "two", "two"]


async def test_an_answer_that_ends_while_its_chat_is_read_is_shown_whole(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = await ask(alice, "count-100-50")
    read = conversations.texts

    def end_after_reading(leaf: UUID, *, limit: int) -> list[Message]:
        messages = read(leaf, limit=limit)
        assert finish(accepted.turn, Result(model="echo", content="the whole answer"))
        return messages

    monkeypatch.setattr(conversations, "texts", end_after_reading)
    branch = await in_db(conversations.branch, accepted.conversation)
    assert [message.content for message in branch] == ["one two three", "the whole answer"]
    assert branch[-1].turn.state == Turn.State.DONE
