"""Many questions, or a long document, are worked off in the background; each item once."""

import asyncio
import csv
import io
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.limits import rate_limit
from accounts.limits.ledger import sum_used_by
from accounts.models import Budget, User
from aiapp.db import in_db
from aiapp.errors import Conflict, InvalidInput, NotFound
from aiapp.http import lifecycle
from chat import asking, own_data
from chat.batches import running, starting
from chat.models import Batch, BatchItem, Conversation, Message
from chat.tests.scripted_model import script_model
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.request import Choices, Question
from documents.models import CollectionShare, Document
from documents.tests.library import HANDBOOK, add_version, ready_document

LONG = [f"Chapter {n}. " + "The ledger was kept with care and checked twice a year. " * 60
        for n in range(1, 9)]  # fmt: skip


def reader(body) -> str:
    """Sums up parts by their chapters, and answers everything else with its question."""
    said = body["messages"][-1]["content"]
    system = body["messages"][0]["content"]
    if "summaries of the parts" in system:
        return f"The whole, of {said.count('part of')} parts."
    if "a part of a document" in system:
        return f"A part of {said.count('Chapter')} chapters."
    return f"Answer to {said.splitlines()[-1]} [1]"


async def finish(batch: Batch) -> Batch:
    while await running.run(batch.id) is not None:
        pass
    return await in_db(Batch.objects.get, id=batch.id)


def items(batch: Batch) -> list[BatchItem]:
    return list(batch.items.all())


async def test_questions_are_answered_one_by_one_with_their_sources(alice: User, settings) -> None:
    document = await in_db(ready_document, alice)
    async with script_model(settings, reader) as model:
        batch = await in_db(
            starting.ask_all, alice, ["How many days of vacation?", "", "  What is served? "],
            "worker",
        )  # fmt: skip
        batch = await finish(batch)
    assert batch.state == Batch.State.DONE
    assert batch.finished
    first, second = await in_db(items, batch)
    assert first.answer == "Answer to How many days of vacation? [1]"
    assert second.text == "What is served?"
    assert [cited["title"] for cited in first.citations] == [document.title]
    assert first.citations[0]["page"] == 1
    assert first.grounded is not None
    # Tools are left out, since nobody is there to confirm anything.
    assert not any("tools" in body for body in model.requests)
    assert not await in_db(Conversation.objects.exists)


async def test_a_document_is_summed_up_part_by_part_and_then_as_a_whole(
    alice: User, settings
) -> None:
    document = await in_db(ready_document, alice, LONG)
    async with script_model(settings, reader) as model:
        settings.MODELS = {"worker": {"context": 4_000}}
        batch = await in_db(starting.summarise, alice, document.pk, "worker")
        batch = await finish(batch)
    *parts, whole = await in_db(items, batch)
    assert batch.state == Batch.State.DONE
    assert len(parts) > 2
    assert parts[0].text.startswith("1–")
    assert whole.answer == f"The whole, of {len(parts)} parts."
    # Every chapter is in one part, and each part fits.
    assert sum(int(part.answer.split()[3]) for part in parts) == len(LONG)
    assert all(len(str(body["messages"])) < 16_000 for body in model.requests)
    used = await in_db(sum_used_by, alice, batch.created)
    assert used.prompt_tokens == 10 * len(model.requests)


async def test_a_killed_worker_costs_no_answer_twice(alice: User, settings) -> None:
    async with script_model(settings, reader) as model:
        batch = await in_db(starting.ask_all, alice, ["One?", "Two?", "Three?"], "worker", [])
        # A worker answered the first, began with the second, and was killed.
        claimed = await in_db(running._claim, batch.id)
        assert claimed is not None
        await running._work(claimed, await in_db(running._next, claimed))
        assert await running.run(batch.id) is None
        assert not await in_db(starting.BATCH.find_abandoned)
        past = timezone.now() - timedelta(seconds=1)
        await in_db(lambda: Batch.objects.update(claimed_until=past))
        assert await in_db(starting.BATCH.find_abandoned) == [batch.id]
        batch = await finish(batch)
    assert batch.state == Batch.State.DONE
    asked = [body["messages"][-1]["content"] for body in model.requests]
    assert asked == ["One?", "Two?", "Three?"]


async def test_an_answer_whose_reader_had_to_end_is_read_the_next_time(
    alice: User, settings, monkeypatch
) -> None:
    async with script_model(settings, reader) as model:
        batch = await in_db(starting.ask_all, alice, ["One?"], "worker", [])
        with monkeypatch.context() as ending:
            ending.setitem(lifecycle._state, "draining", True)
            assert await running.run(batch.id) == running.RETRY_SECONDS
        await in_db(lambda: Batch.objects.update(claimed_until=timezone.now()))
        batch = await finish(batch)
    assert batch.state == Batch.State.DONE
    assert len(model.requests) == 1
    assert [item.answer for item in await in_db(items, batch)] == ["Answer to One? [1]"]


async def test_a_question_that_was_answered_but_not_noted_is_not_asked_again(
    alice: User, settings
) -> None:
    async with script_model(settings, reader) as model:
        batch = await in_db(starting.ask_all, alice, ["One?"], "worker", [])
        (item,) = await in_db(items, batch)
        # As a worker leaves it that dies between the answer and the note of it.
        question = Question("One?", f"batch {item.pk} 1")
        accepted = await asking.ask(
            alice,
            question,
            Choices("worker", collections=[]),
            follows=NewConversation(temporary=True),
        )
        await asking.outcome(accepted.turn)
        batch = await finish(batch)
    assert len(model.requests) == 1
    assert [item.answer for item in await in_db(items, batch)] == ["Answer to One? [1]"]


async def test_cancelling_leaves_what_is_done_and_going_on_does_the_rest(
    alice: User, settings
) -> None:
    async with script_model(settings, reader) as model:
        batch = await in_db(starting.ask_all, alice, ["One?", "Two?", "Three?"], "worker", [])
        claimed = await in_db(running._claim, batch.id)
        await running._work(claimed, await in_db(running._next, claimed))
        await in_db(starting.cancel, batch)
        assert await in_db(running._next, claimed) is None
        states = [item.state for item in await in_db(items, batch)]
        assert states == ["done", "pending", "pending"]
        await in_db(starting.resume, batch)
        batch = await finish(batch)
    assert batch.state == Batch.State.DONE
    assert len(model.requests) == 3
    with pytest.raises(Conflict):
        await in_db(starting.resume, batch)


async def test_one_question_that_fails_does_not_stop_the_others_and_is_tried_again(
    alice: User, settings
) -> None:
    broken = [True]

    def plan(body):
        if "Two?" in body["messages"][-1]["content"] and broken:
            return ""
        return reader(body)

    async with script_model(settings, plan):
        batch = await in_db(starting.ask_all, alice, ["One?", "Two?", "Three?"], "worker", [])
        batch = await finish(batch)
        states = [item.state for item in await in_db(items, batch)]
        assert states == ["done", "failed", "done"]
        assert (await in_db(items, batch))[1].error
        broken.clear()
        await in_db(starting.resume, batch)
        batch = await finish(batch)
    assert [item.state for item in await in_db(items, batch)] == ["done"] * 3


async def test_a_batch_whose_questions_all_fail_stops(alice: User, settings) -> None:
    settings.MODEL_TRIES = 1
    settings.CHAT_MODELS = ["fault-403"]
    batch = await in_db(starting.ask_all, alice, [f"{n}?" for n in range(20)], "fault-403", [])
    batch = await finish(batch)
    assert batch.state == Batch.State.FAILED
    assert batch.error
    failed = [item for item in await in_db(items, batch) if item.state == "failed"]
    assert len(failed) == running.MAX_FAILURES


async def test_a_budget_that_is_spent_ends_a_batch_with_the_reason(alice: User, settings) -> None:
    await in_db(lambda: Budget.objects.create(user=alice, period=Budget.Period.DAY, tokens=100))
    async with script_model(settings, reader):
        batch = await in_db(starting.ask_all, alice, ["One?", "Two?"], "worker", [])
        batch = await finish(batch)
    assert batch.state == Batch.State.FAILED
    assert "budget" in batch.error


async def test_lost_access_ends_the_reading_of_a_document(alice: User, settings) -> None:
    document = await in_db(ready_document, alice, LONG)
    async with script_model(settings, reader) as model:
        settings.MODELS = {"worker": {"context": 4_000}}
        batch = await in_db(starting.summarise, alice, document.pk, "worker")
        await in_db(document.delete)
        batch = await finish(batch)
    assert not model.requests
    assert {item.state for item in await in_db(items, batch)} <= {"failed", "pending"}


@pytest.mark.parametrize("kind", ["questions", "summary"])
async def test_a_batch_rests_while_its_owners_account_is_out_of_use(
    alice: User, settings, kind: str
) -> None:
    document = await in_db(ready_document, alice, LONG)

    async def switch(is_active: bool) -> None:
        await in_db(lambda: User.objects.filter(pk=alice.pk).update(is_active=is_active))

    async with script_model(settings, reader) as model:
        settings.MODELS = {"worker": {"context": 4_000}}
        start = starting.ask_all if kind == "questions" else starting.summarise
        told = ["One?", "Two?", "Three?"] if kind == "questions" else document.pk
        batch = await in_db(start, alice, told, "worker")
        model.meanwhile = lambda body: switch(is_active=False)
        assert await running.run(batch.id) is None
        asked = len(model.requests)
        assert asked == 1
        assert await running.run(batch.id) is None
        assert len(model.requests) == asked
        batch = await in_db(Batch.objects.get, id=batch.id)
        assert batch.state == Batch.State.RUNNING
        # It goes on with the account.
        model.meanwhile = None
        await switch(is_active=True)
        past = timezone.now() - timedelta(seconds=1)
        await in_db(lambda: Batch.objects.update(claimed_until=past))
        batch = await finish(batch)
    assert batch.state == Batch.State.DONE
    assert {item.state for item in await in_db(items, batch)} == {"done"}


async def test_results_name_no_document_that_may_not_be_opened_any_more(
    alice: User, settings, client: Client
) -> None:
    document = await in_db(ready_document, alice)
    async with script_model(settings, reader):
        batch = await in_db(starting.ask_all, alice, ["How many days of vacation?"], "worker")
        await finish(batch)
    await in_db(client.force_login, alice)
    assert (
        document.title in (await in_db(client.get, f"/chat/batches/{batch.id}/")).content.decode()
    )
    await in_db(Document.objects.filter(pk=document.pk).delete)
    for address in (f"/chat/batches/{batch.id}/", f"/chat/batches/{batch.id}/result.csv",
                    f"/api/batches/{batch.id}"):  # fmt: skip
        shown = (await in_db(client.get, address)).content.decode()
        assert "Answer to" in shown
        assert document.title not in shown
        assert HANDBOOK[0] not in shown


async def test_no_cell_of_the_table_is_a_formula(alice: User, settings, client: Client) -> None:
    async with script_model(settings, lambda _: "=HYPERLINK(1)"):
        batch = await in_db(starting.ask_all, alice, ["@SUM(1)", '+1, "x"'], "worker", [])
        await finish(batch)
    await in_db(client.force_login, alice)
    answer = await in_db(client.get, f"/chat/batches/{batch.id}/result.csv")
    assert answer["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["question", "answer", "sources", "supported", "error"]
    assert rows[1][:2] == ["'@SUM(1)", "'=HYPERLINK(1)"]
    assert rows[2][0] == """'+1, "x\""""


def test_what_cannot_be_a_batch_is_refused(alice: User, bob: User, settings) -> None:
    settings.BATCH_QUESTIONS = 2
    document = ready_document(bob)
    with pytest.raises(InvalidInput, match="at least one"):
        starting.ask_all(alice, [" "], "worker")
    with pytest.raises(InvalidInput, match="At most 2"):
        starting.ask_all(alice, ["1", "2", "3"], "worker")
    with pytest.raises(NotFound):
        starting.ask_all(alice, ["1"], "worker", [document.collection_id])
    with pytest.raises(NotFound):
        starting.summarise(alice, document.pk, "worker")
    for n in range(starting.MAX_RUNNING):
        starting.ask_all(alice, [str(n)], "worker")
    with pytest.raises(InvalidInput, match="other batches"):
        starting.ask_all(alice, ["1"], "worker")


@pytest.mark.parametrize(
    ("name", "data", "questions"),
    [
        ("a.txt", b"One?\r\nTwo?\n", ["One?", "Two?"]),
        (
            "a.csv",
            '\ufeffQuestion,note\n"One, two?",x\nThree?,\n'.encode(),
            ["One, two?", "Three?"],
        ),
        ("a.csv", b"One?\n", ["One?"]),
        ("a.csv", b"sep=;\r\nQuestion;note\r\nOne, two?;x\r\n", ["One, two?"]),
        ("a.csv", b'"Question";"note"\nOne, two?;x\n', ["One, two?"]),
        ("a.csv", b"question\tnote\nOne; two?\tx\n", ["One; two?"]),
        ("a.csv", b"One; two?\rThree?\r", ["One; two?", "Three?"]),
        ("a.csv", "question\tnote\n첫 번째?\tx\n".encode("utf-16"), ["첫 번째?"]),
        ("a.txt", "첫 번째?\r\n둘?".encode("utf-16"), ["첫 번째?", "둘?"]),
    ],
)
def test_a_file_brings_questions(name: str, data: bytes, questions: list[str]) -> None:
    assert starting.parse_questions(SimpleUploadedFile(name, data)) == questions


def test_a_file_that_holds_no_text_is_refused() -> None:
    with pytest.raises(InvalidInput, match="UTF-8"):
        starting.parse_questions(SimpleUploadedFile("a.txt", b"\xff\xfe\x00"))


def test_the_api_starts_shows_cancels_and_deletes_batches(
    client: Client, alice: User, bob: User
) -> None:
    client.force_login(alice)

    def call(method: str, path: str, body: object = None):
        kind = {"content_type": "application/json"} if body is not None else {}
        return getattr(client, method)(f"/api/batches{path}", body, **kind)

    assert call("post", "", {}).status_code == 422
    assert call("post", "", {"questions": []}).status_code == 422
    started = call("post", "", {"questions": ["One?", "Two?"], "model": "echo"})
    assert started.status_code == 202
    path = f"/{started.json()['id']}"
    assert [each["id"] for each in call("get", "").json()] == [path[1:]]
    assert [each["text"] for each in call("get", path).json()["items"]] == ["One?", "Two?"]
    assert call("post", f"{path}/cancel").json()["state"] == "cancelled"
    assert call("post", f"{path}/resume").json()["state"] == "queued"
    assert "One?" in call("get", f"{path}/result.csv").content.decode()
    document = ready_document(alice)
    asked = f"/api/documents/{document.pk}/summary"
    summed = client.post(asked, {"model": "echo"}, content_type="application/json")
    assert summed.status_code == 202
    assert summed.json()["document"] == str(document.pk)
    client.force_login(bob)
    foreign = client.post(asked, {"model": "echo"}, content_type="application/json")
    assert foreign.status_code == 404
    assert call("get", path).status_code == 404
    assert call("post", f"{path}/cancel").status_code == 404
    assert call("delete", path).status_code == 404
    client.force_login(alice)
    assert call("delete", path).status_code == 204
    assert [each["kind"] for each in call("get", "").json()] == ["summary"]


def test_a_member_starts_a_batch_on_a_page(client: Client, alice: User) -> None:
    client.force_login(alice)
    page = client.post("/chat/batches/", {"questions": "One?\nTwo?", "model": "echo"}, follow=True)
    shown = page.content.decode()
    assert "One?" in shown
    assert "Waiting" in shown
    batch = Batch.objects.get()
    client.post(f"/chat/batches/{batch.id}/act/", {"cancel": "1"})
    assert "Cancelled" in client.get(f"/chat/batches/{batch.id}/").content.decode()
    client.post(f"/chat/batches/{batch.id}/act/", {"delete": "1"})
    assert not Batch.objects.exists()
    refused = client.post("/chat/batches/", {"questions": " ", "model": "echo"})
    assert refused.status_code == 422
    assert "at least one question" in refused.content.decode()


def test_a_document_is_summed_up_from_its_page(client: Client, alice: User) -> None:
    document = ready_document(alice)
    client.force_login(alice)
    address = f"/chat/summaries/{document.pk}/"
    assert address in client.get(f"/documents/{document.pk}/").content.decode()
    page = client.post(address, follow=True)
    assert page.status_code == 200
    assert Batch.objects.get().document == document
    assert not Message.objects.exists()


async def test_items_count_as_questions_and_a_batch_waits_for_its_owners_rate(
    alice: User, settings
) -> None:
    settings.ASK_RATE = "8/h"
    questions = [f"Question {n}?" for n in range(10)]
    async with script_model(settings, reader) as model:
        batches = [await in_db(starting.ask_all, alice, questions, "worker", []) for _ in range(3)]
        waits = [await running.run(batch.id) for batch in batches]
        # A quarter is left to the questions that they ask themselves.
        assert len(model.requests) == 6
        usage = await asyncio.to_thread(rate_limit.count, alice, "ask")
        assert usage is not None
        assert (usage.remaining, usage.is_over) == (1, False)
    assert all(wait and 0 < wait <= running.MAX_WAIT_SECONDS for wait in waits)
    assert {batch.state for batch in await in_db(lambda: list(Batch.objects.all()))} == {"running"}
    assert not await in_db(starting.BATCH.find_abandoned)


async def test_a_batch_goes_on_when_there_is_room_again(alice: User, settings) -> None:
    settings.ASK_RATE = "1/h"
    async with script_model(settings, reader):
        batch = await in_db(starting.ask_all, alice, ["One?", "Two?"], "worker", [])
        assert await running.run(batch.id)
        assert await running.run(batch.id) is None
        settings.ASK_RATE = ""
        await in_db(lambda: Batch.objects.update(claimed_until=timezone.now()))
        assert (await finish(batch)).state == Batch.State.DONE


async def test_what_is_gone_on_with_is_held_to_the_bound_as_well(alice: User, settings) -> None:
    async with script_model(settings, reader):
        ended = await in_db(starting.ask_all, alice, ["One?"], "worker", [])
        await in_db(starting.cancel, ended)
        for _ in range(starting.MAX_RUNNING):
            await in_db(starting.ask_all, alice, ["Two?"], "worker", [])
        with pytest.raises(InvalidInput):
            await in_db(starting.resume, ended)


async def test_a_summary_names_its_document_as_long_as_that_is_open(
    alice: User, bob: User, settings, client: Client
) -> None:
    document = await in_db(ready_document, bob, LONG[:1], title="falcon.pdf")
    share = await in_db(
        CollectionShare.objects.create, collection_id=document.collection_id, user=alice
    )
    async with script_model(settings, reader):
        batch = await in_db(starting.summarise, alice, document.pk, "worker")
        await finish(batch)
    await in_db(client.force_login, alice)
    addresses = ["/api/batches", f"/api/batches/{batch.id}", "/chat/batches/",
                 f"/chat/batches/{batch.id}/", f"/chat/batches/{batch.id}/state/"]  # fmt: skip

    def collect_texts() -> str:
        file = io.BytesIO()
        with ZipFile(file, "w") as archive:
            own_data.add_to_archive(alice, archive)
        answers = [client.get(address) for address in addresses]
        assert {answer.status_code for answer in answers} == {200}
        return "".join(answer.content.decode() for answer in answers) + str(
            ZipFile(file).read("batches.json")
        )

    def find_words() -> list[bool]:
        text = collect_texts()
        return [word in text for word in ("falcon.pdf", str(document.pk), "A part of")]

    assert await in_db(find_words) == [True, True, True]
    await in_db(lambda: Document.objects.update(restricted=True))
    # What was written stays, as an answer does.
    assert await in_db(find_words) == [False, False, True]
    await in_db(lambda: Document.objects.update(restricted=False))
    assert await in_db(find_words) == [True, True, True]
    await in_db(share.delete)
    assert await in_db(find_words) == [False, False, True]
    await in_db(document.delete)
    assert await in_db(find_words) == [False, False, True]


async def test_parts_are_not_put_together_after_access_has_ended(
    alice: User, bob: User, settings
) -> None:
    document = await in_db(ready_document, bob, LONG, title="falcon.pdf")
    share = await in_db(
        CollectionShare.objects.create, collection_id=document.collection_id, user=alice
    )

    async with script_model(settings, reader) as model:
        settings.MODELS = {"worker": {"context": 4_000}}
        batch = await in_db(starting.summarise, alice, document.pk, "worker")
        claimed = await in_db(running._claim, batch.id)
        assert claimed is not None
        *parts, last = await in_db(items, batch)
        for part in parts:
            await running._work(claimed, part)
        await in_db(share.delete)
        await running._work(claimed, last)
    *_, whole = await in_db(items, batch)
    assert (whole.state, whole.answer) == (BatchItem.State.FAILED, "")
    assert not any("summaries of the parts" in str(body) for body in model.requests)


async def test_parts_of_two_versions_are_not_mixed(alice: User, settings) -> None:
    document = await in_db(ready_document, alice, LONG)

    async with script_model(settings, reader) as model:
        settings.MODELS = {"worker": {"context": 4_000}}
        batch = await in_db(starting.summarise, alice, document.pk, "worker")
        claimed = await in_db(running._claim, batch.id)
        assert claimed is not None
        first, *rest = await in_db(items, batch)
        await running._work(claimed, first)
        document.current = await in_db(add_version, document, ("A single page.",))
        await in_db(document.save)
        for part in rest:
            await running._work(claimed, part)
    first, *rest = await in_db(items, batch)
    assert first.state == BatchItem.State.DONE
    assert {part.state for part in rest} == {BatchItem.State.FAILED}
    assert "changed" in rest[0].error
    assert len(model.requests) == 1
