"""An answer's budget is set aside before it begins and corrected when it ends."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import orjson
import pytest
from django.contrib.auth.models import Group
from django.test import AsyncClient, Client
from django.utils import timezone

from accounts.credentials import tokens
from accounts.limits import ledger
from accounts.models import Budget, LedgerEntry, Price, User
from aiapp.db import in_db
from aiapp.errors import TooManyRequests
from chat import asking
from chat.models import Attempt, Conversation, Turn
from chat.tests.conftest import ask, entries, reload_turn
from chat.turns.accepting import beginning
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.request import Choices, Question, TurnRequest
from chat.turns.running import runner, takeover

# The fake model says that it has read so many, and writes one token a word.
READ = 7
# What an answer without a length sets aside, in these tests.
ANSWER = 100


@pytest.fixture(autouse=True)
def _short_answers(settings) -> None:
    settings.BUDGET_ANSWER_TOKENS = ANSWER


def entry() -> LedgerEntry:
    return LedgerEntry.objects.get()


async def expect_refusal(user: User, model: str = "echo") -> TooManyRequests:
    with pytest.raises(TooManyRequests) as caught:
        await ask(user, model)
    return caught.value


async def test_an_answer_is_entered_with_what_it_used(alice: User) -> None:
    await in_db(Price.objects.create, model="echo", input=Decimal(3), output=Decimal(10))
    accepted = await ask(alice, "echo", "one two three")
    await entries(accepted.turn)
    found = await in_db(entry)
    assert (found.turn, found.model, found.username) == (accepted.turn.id, "echo", "alice")
    assert (found.prompt_tokens, found.completion_tokens) == (READ, 3)
    assert found.cost == (3 * READ + 10 * 3) / Decimal(1_000_000)
    assert found.settled


async def test_while_it_is_made_what_it_may_use_counts(alice: User) -> None:
    await in_db(Budget.objects.create, user=alice, tokens=2_000)
    accepted = await ask(alice, "count-60-50")
    found = await in_db(entry)
    assert found.settled is None
    assert found.completion_tokens == ANSWER
    assert found.prompt_tokens > 0
    await runner.stop(accepted.turn)
    await entries(accepted.turn)
    stopped = await in_db(entry)
    assert stopped.completion_tokens < ANSWER
    assert stopped.settled


async def test_a_budget_that_does_not_suffice_is_told_with_the_time_of_the_next(alice) -> None:
    await in_db(Budget.objects.create, user=alice, tokens=50, period="day")
    error = await expect_refusal(alice)
    assert error.reason == "budget_exhausted"
    assert 0 < (error.retry_after or 0) <= 24 * 3600
    assert not await in_db(Turn.objects.exists)
    assert not await in_db(Conversation.objects.exists)
    assert not await in_db(LedgerEntry.objects.exists)


async def test_money_runs_out_as_tokens_do(alice: User) -> None:
    await in_db(Price.objects.create, model="echo", input=Decimal(0), output=Decimal(100))
    await in_db(Budget.objects.create, user=alice, money=Decimal("0.01"))
    await entries((await ask(alice, "echo", " ".join(["word"] * 50))).turn)
    assert (await in_db(entry)).cost == Decimal("0.005")
    # 50 tokens are left, and an answer is at least 64.
    assert (await expect_refusal(alice)).reason == "budget_exhausted"
    # A model without a price costs nothing.
    await entries((await ask(alice, "count-3-0")).turn)


async def test_an_answer_gets_no_longer_than_what_is_left(alice: User, fake_model) -> None:
    await in_db(Price.objects.create, model="count-90-0", input=Decimal(0), output=Decimal(100))
    await in_db(Budget.objects.create, user=alice, money=Decimal("0.01"))
    accepted = await ask(alice, "count-90-0")
    assert (await reload_turn(accepted.turn)).max_tokens == ANSWER
    await in_db(LedgerEntry.objects.update, cost=Decimal("0.003"))
    await entries(accepted.turn)
    await in_db(LedgerEntry.objects.update, cost=Decimal("0.003"))
    shorter = await ask(alice, "count-90-0")
    assert (await reload_turn(shorter.turn)).max_tokens == 70
    await entries(shorter.turn)


async def test_the_members_of_a_group_use_its_budget_together(alice: User, bob: User) -> None:
    def group() -> None:
        made = Group.objects.create(name="Sales")
        made.user_set.add(alice, bob)
        Budget.objects.create(group=made, tokens=1_500)

    await in_db(group)
    await entries((await ask(alice, "echo")).turn)
    await in_db(LedgerEntry.objects.update, prompt_tokens=1_400)
    error = await expect_refusal(bob)
    assert "group" in error.message


async def test_last_month_counts_no_more(alice: User) -> None:
    await in_db(Budget.objects.create, user=alice, tokens=1_500)
    await entries((await ask(alice, "echo")).turn)
    await in_db(LedgerEntry.objects.update, prompt_tokens=1_500)
    await expect_refusal(alice)
    before = ledger.period_start("month") - timedelta(seconds=1)
    await in_db(LedgerEntry.objects.update, created=before)
    await entries((await ask(alice, "echo")).turn)


async def test_fifty_questions_at_once_do_not_overspend(alice: User) -> None:
    # Each sets aside 100 for the answer and some 500 to 510 for what it reads.
    await in_db(Budget.objects.create, user=alice, tokens=5 * 615)

    async def one(number: int) -> bool:
        try:
            await asking.ask(
                alice,
                Question(f"question {number}"),
                Choices("count-60-50", collections=[]),
                follows=NewConversation(),
            )
        except TooManyRequests:
            return False
        return True

    taken = await asyncio.gather(*(one(number) for number in range(50)))
    assert sum(taken) == 5
    used = await in_db(ledger.sum_used_by, alice, ledger.period_start("month"))
    assert used.tokens <= 5 * 615
    for turn in await in_db(list, Turn.objects.all()):
        await runner.stop(turn)
        await entries(turn)


async def test_no_more_answers_at_once_than_allowed(alice: User, bob: User, settings) -> None:
    settings.CONCURRENT_TURNS = 3

    async def one() -> bool:
        try:
            await ask(alice, "count-200-50")
        except TooManyRequests:
            return False
        return True

    taken = await asyncio.gather(*(one() for _ in range(20)))
    assert sum(taken) == 3
    error = await expect_refusal(alice)
    assert (error.reason, error.retry_after) == ("too_many_turns", 5)
    await entries((await ask(bob, "echo")).turn)
    for turn in await in_db(list, Turn.objects.filter(owner=alice)):
        await runner.stop(turn)
        await entries(turn)
    await entries((await ask(alice, "echo")).turn)


async def test_a_failed_answer_is_charged_what_it_said(alice: User) -> None:
    accepted = await ask(alice, "fault-cut")
    await entries(accepted.turn)
    found = await in_db(entry)
    assert found.settled
    assert found.completion_tokens > 0


async def test_the_books_stay_when_the_chat_and_the_account_go(alice: User) -> None:
    accepted = await ask(alice, "echo")
    await entries(accepted.turn)
    await in_db(accepted.conversation.delete)
    await in_db(alice.delete)
    found = await in_db(entry)
    assert (found.user_id, found.username) == (None, "alice")
    assert found.completion_tokens == 3


async def test_a_chat_deleted_in_mid_answer_is_charged_all_the_same(alice: User) -> None:
    accepted = await ask(alice, "count-30-20")
    await in_db(Conversation.objects.all().delete)
    async with asyncio.timeout(60):
        while not (found := await in_db(entry)).settled:
            await asyncio.sleep(0.05)
    assert (found.turn, found.completion_tokens) == (accepted.turn.id, 30)


def test_what_dead_processes_used_is_charged(alice: User, settings) -> None:

    settings.TURN_MAX_ATTEMPTS = 2
    accepted = beginning.begin_conversation(
        TurnRequest(alice, Question("Hello?"), Choices("echo"), "a process"), NewConversation()
    )
    for lost in (30, 12):
        Turn.objects.update(created=timezone.now() - timedelta(minutes=1))
        takeover.take_over(accepted.turn.id, "another", lost)
    turn = Turn.objects.get()
    assert (turn.state, turn.completion_tokens) == ("failed", 42)
    assert Attempt.objects.count() == 2
    assert entry().completion_tokens == 42


async def test_an_answer_from_the_cache_costs_nothing(alice: User, settings) -> None:
    settings.RESPONSE_CACHE_SECONDS = 60
    await in_db(Price.objects.create, model="echo", input=Decimal(3), output=Decimal(10))
    for _ in range(2):
        await entries((await ask(alice, "echo", "the same")).turn)
    newest = await in_db(LedgerEntry.objects.first)
    assert newest is not None
    assert (newest.prompt_tokens, newest.completion_tokens, newest.cost) == (0, 0, 0)


async def test_the_api_tells_usage_budget_and_prices(alice: User, settings) -> None:
    # Named here, so that its server need not be asked for its list in time.
    settings.CHAT_MODELS = ["echo", "count-20-5"]
    await in_db(Price.objects.create, model="echo", input=Decimal("2.5"), output=Decimal(10))
    await in_db(Budget.objects.create, user=alice, tokens=10_000, money=Decimal(5))
    await entries((await ask(alice, "echo")).turn)
    access = (await in_db(tokens.issue, alice)).access
    client = AsyncClient()
    headers = {"Authorization": f"Bearer {access}"}
    me = (await client.get("/api/me", headers=headers)).json()
    assert me["username"] == "alice"
    assert (me["usage"]["prompt_tokens"], me["usage"]["completion_tokens"]) == (READ, 3)
    assert me["budget"] == me["budgets"][0]
    assert me["budget"]["tokens_left"] == 10_000 - READ - 3
    assert 4.99 < me["budget"]["money_left"] < 5
    models = (await client.get("/api/models", headers=headers)).json()
    prices = {model["id"]: model["price"] for model in models}
    assert prices["echo"] == {"input": 2.5, "output": 10.0}
    assert prices["count-20-5"] is None


async def test_a_program_in_openai_s_protocol_is_bounded_and_told_so(alice: User) -> None:
    await in_db(Budget.objects.create, user=alice, tokens=1_000)
    access = (await in_db(tokens.issue, alice)).access
    sent = {
        "headers": {"Authorization": f"Bearer {access}"},
        "content_type": "application/json",
    }
    said = {"model": "echo", "messages": [{"role": "user", "content": "one two"}]}

    async def completion(**more: int):
        body = orjson.dumps(said | more)
        return await AsyncClient().post("/v1/chat/completions", data=body, **sent)

    assert (await completion(max_completion_tokens=90)).status_code == 200
    turn = await in_db(Turn.objects.get)
    assert turn.request["options"] == {"max_completion_tokens": 90}
    assert (await completion()).status_code == 200
    turn = await in_db(Turn.objects.first)
    assert turn.request["options"] == {"max_tokens": ANSWER}
    await in_db(LedgerEntry.objects.update, prompt_tokens=900)
    answer = await completion()
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "insufficient_quota"
    assert int(answer["Retry-After"]) > 0


def test_the_page_of_settings_shows_what_is_used_and_left(client: Client, alice: User) -> None:
    Budget.objects.create(user=alice, tokens=10_000)
    ledger.enter(alice, alice.pk, "echo", prompt_tokens=4_000)
    client.force_login(alice)
    page = client.get("/accounts/settings/").content.decode()
    assert "4,000 tokens this month" in page
    assert "6,000 of 10,000 tokens left" in page
    assert 'value="0.400"' in page


def test_the_administration_shows_sums_and_edits_prices(admin_client: Client, alice: User) -> None:
    Price.objects.create(model="echo", input=1, output=2)
    Budget.objects.create(user=alice, tokens=10_000)
    ledger.enter(alice, alice.pk, "echo", prompt_tokens=4_000, completion_tokens=100)
    entries_page = admin_client.get("/admin/accounts/ledgerentry/").content.decode()
    assert "4,000 input tokens, 100 output tokens" in entries_page
    assert "(41%)" in admin_client.get("/admin/accounts/budget/").content.decode()
    assert admin_client.get("/admin/accounts/price/").status_code == 200
    assert admin_client.get("/admin/accounts/ledgerentry/add/").status_code == 403
