"""`/v1/embeddings`: within OpenAI's bounds, for texts and tokens, on the books, and for many."""

import asyncio
import base64
import json
import struct

import pytest
import tiktoken
from django.test import AsyncClient

from accounts.credentials import tokens
from accounts.models import Budget, LedgerEntry, Price
from aiapp.db import in_db
from aiapp.llm.tokens import vocabulary
from documents.models import EmbeddingSpace
from documents.tests import fake_embeddings

MODEL = "fake"


@pytest.fixture(scope="module")
def service():
    with fake_embeddings.running() as state:
        yield state


@pytest.fixture(autouse=True)
def _service(settings, service):
    settings.EMBEDDING_BASE_URL = service.base_url
    settings.EMBEDDING_API_KEY = "key"
    settings.EMBEDDING_MODEL = MODEL
    settings.EMBEDDING_BATCH = 8
    service.batches.clear()
    service.faults.clear()
    service.mode = "up"
    service.before_answer = None


@pytest.fixture
def ids():
    """The token ids that OpenAI's clients make of a text."""
    assert vocabulary("cl100k_base"), "install bpe-openai, which brings the vocabulary"
    return tiktoken.get_encoding("cl100k_base").encode


async def embed(user, given, **more):
    """Status and body of the answer."""
    token = (await in_db(tokens.issue, user)).access
    body = {"model": MODEL, "input": given} | more
    answer = await AsyncClient().post(
        "/v1/embeddings",
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    return answer.status_code, json.loads(answer.content)


def vectors_of(body):
    return [item["embedding"] for item in body["data"]]


async def test_it_works_before_any_document_was_embedded(alice):
    assert not await in_db(EmbeddingSpace.objects.exists)
    status, body = await embed(alice, "The harbour opens at seven.")
    assert status == 200
    assert vectors_of(body) == [
        pytest.approx(fake_embeddings.vector("The harbour opens at seven."))
    ]
    assert body["usage"]["prompt_tokens"] == body["usage"]["total_tokens"] > 0
    # To answer is not to choose: which space documents are in is decided with the first of them.
    assert not await in_db(EmbeddingSpace.objects.exists)


async def test_another_model_is_none_of_ours(alice):
    status, body = await embed(alice, "text", model="text-embedding-3-large")
    assert (status, body["error"]["code"]) == (404, "model_not_found")
    assert f"'{MODEL}'" in body["error"]["message"]


async def test_a_name_stands_for_its_own_model_while_documents_are_in_anothers(alice, service):
    """The environment names a new model, and documents are still searched by the old one."""
    await in_db(
        EmbeddingSpace.objects.create,
        provider="custom",
        model="old",
        dimension=32,
        active=True,
    )
    for model in (MODEL, "old"):
        assert (await embed(alice, "text", model=model))[0] == 200
    assert service.texts == ["text", "text"]


@pytest.mark.parametrize(
    "texts",
    [
        ["The harbour opens at seven."],
        ["one", "two", "안녕하세요 세계", "emoji 🌍 and more"],
        ["<|endoftext|> as a text", "x" * 2000],
    ],
)
async def test_tokens_are_as_good_as_their_texts(alice, service, ids, texts):
    as_ids = [ids(text, disallowed_special=()) for text in texts]
    status, body = await embed(alice, as_ids)
    assert status == 200
    assert service.texts == texts
    assert vectors_of(body) == [pytest.approx(fake_embeddings.vector(text)) for text in texts]
    assert body["usage"]["prompt_tokens"] == sum(len(each) for each in as_ids)


async def test_the_tokens_of_one_text_need_no_list_around_them(alice, service, ids):
    status, body = await embed(alice, ids("one text"))
    assert (status, len(body["data"])) == (200, 1)
    assert service.texts == ["one text"]


async def test_tokens_that_begin_within_a_character_are_read_all_the_same(alice, service, ids):
    """A long text is cut after so many tokens, wherever that is."""
    whole = ids("🌍 안녕 세계")
    status, _ = await embed(alice, [whole[:1] + ids(" word"), ids("word ") + whole[:1]])
    assert status == 200
    assert [text.strip() for text in service.texts] == ["word", "word"]


EMPTY = ["", [], [""], ["a", ""], [[]], [[1], []], [[], "a"]]
MEANINGLESS = [
    None,
    7,
    {"text": "a"},
    [None],
    [1, "a"],
    ["a", 1],
    ["a", [1]],
    [[1], "a"],
    [1.5],
    [True, False],
    [-1],
    [[-1]],
    [2**40],
    [[[1]]],
    [{"text": "a"}],
    [[1, None]],
]
NO_TOKENS = [[100_300], [[5, 2**31 - 1]], [100_261]]


async def test_what_is_no_input_is_told_clearly(alice, service):
    for given in [*EMPTY, *MEANINGLESS, *NO_TOKENS]:
        status, body = await embed(alice, given)
        assert status == 400, given
        assert body["error"]["message"], given
    assert service.texts == []


async def test_half_a_character_is_replaced(alice, service):
    status, _ = await embed(alice, ["half \ud83c a pair"])
    assert (status, service.texts) == (200, ["half \ufffd a pair"])


async def test_openais_bounds_hold(alice, service, ids):
    at_most = [ids("word")] * 2048
    assert (await embed(alice, at_most))[0] == 200
    assert max(len(batch) for batch in service.batches) == 8
    service.batches.clear()
    word = ids("word")
    for input_ in (
        ["word"] * 2049,
        [word] * 2049,
        [word] * 20_000,
        # 8,192 tokens each, and 300,000 together.
        [word * 8193],
        word * 8193,
        ["word " * 12_000],
        [word * 8000] * 38,
        ["word " * 7000] * 60,
    ):
        status, body = await embed(alice, input_)
        assert status == 400
        assert "at most" in body["error"]["message"]
    assert service.batches == []


async def test_a_long_list_of_what_it_should_not_hold_is_told_in_one_sentence(alice):
    for given in ([1.5] * 200_000, ["a"] * 1000 + [None], [[None] * 1000] * 100):
        status, body = await embed(alice, given)
        assert status == 400
        assert len(json.dumps(body)) < 500


async def test_base64_holds_the_same_numbers(alice):
    texts = [f"text {number}" for number in range(20)]
    _, plain = await embed(alice, texts)
    _, packed = await embed(alice, texts, encoding_format="base64")
    for numbers, text in zip(vectors_of(plain), vectors_of(packed), strict=True):
        raw = base64.b64decode(text)
        assert struct.unpack(f"<{len(raw) // 4}f", raw) == pytest.approx(numbers)
    assert [item["index"] for item in packed["data"]] == list(range(20))


async def test_the_dimensions_that_there_are_may_be_asked_for_and_no_others(alice):
    assert (await embed(alice, "text", dimensions=32))[0] == 200
    for wanted in (31, 33, 1024):
        status, body = await embed(alice, "text", dimensions=wanted)
        assert (status, body["error"]["code"]) == (400, "unsupported_dimensions")
    assert (await embed(alice, "text", dimensions=0))[0] == 400


async def test_a_request_stands_on_the_books(alice, service):
    await in_db(Price.objects.create, model=MODEL, input=2, output=0)
    _, body = await embed(alice, [f"text {number}" for number in range(20)])
    entry = await in_db(LedgerEntry.objects.get)
    assert (entry.user_id, entry.model) == (alice.pk, MODEL)
    assert entry.prompt_tokens == body["usage"]["prompt_tokens"]
    assert entry.completion_tokens == 0
    assert entry.cost == entry.prompt_tokens * 2 / 1_000_000 or entry.cost > 0
    assert entry.settled is not None


async def test_what_a_budget_does_not_allow_is_not_embedded(alice, service):
    await in_db(Budget.objects.create, user=alice, period="day", tokens=50)
    assert (await embed(alice, "a few words"))[0] == 200
    service.batches.clear()
    status, body = await embed(alice, ["a few words more"] * 100)
    assert (status, body["error"]["code"]) == (429, "insufficient_quota")
    assert service.batches == []
    assert (await embed(alice, "a few words"))[0] == 200


async def test_many_at_once_use_no_more_than_the_budget(alice, service):
    await in_db(Budget.objects.create, user=alice, period="day", tokens=60)
    found = await asyncio.gather(*(embed(alice, "about five tokens here") for _ in range(30)))
    used = sum(body["usage"]["total_tokens"] for status, body in found if status == 200)
    assert 0 < used <= 60
    assert {status for status, _ in found} == {200, 429}


async def test_what_was_used_before_a_failure_is_paid_for_and_no_more(alice, service):
    await in_db(Budget.objects.create, user=alice, period="day", tokens=100_000)

    def fail_at_the_third(number):
        if number == 2:
            service.faults.append("bad")

    service.before_answer = fail_at_the_third
    status, _ = await embed(alice, [f"text {number}" for number in range(40)])
    assert status in {400, 502}
    entry = await in_db(LedgerEntry.objects.get)
    per_text = (await embed(alice, "text 1"))[1]["usage"]["total_tokens"]
    assert entry.prompt_tokens == pytest.approx(16 * per_text, abs=16)
    assert entry.settled is not None


async def test_a_service_that_is_away_is_an_error_of_ours(alice, service):
    for mode, status in (("refused", 502), ("busy", 429), ("down", 502)):
        service.mode = mode
        found, body = await embed(alice, "text")
        assert found in {status, 503}
        assert body["error"]["message"]


async def test_a_large_request_lets_a_small_one_of_somebody_else_go_between(alice, bob, service):
    """Both wait for the same service; whoever asked for much waits longer."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    service.before_answer = lambda _: loop.call_soon_threadsafe(asked.set)
    large = asyncio.create_task(embed(alice, [f"large {number}" for number in range(800)]))
    await asked.wait()
    assert (await embed(bob, "small"))[0] == 200
    assert not large.done()
    assert (await large)[0] == 200
    order = service.texts
    assert order.index("small") < order.index("large 799")


async def test_it_counts_against_the_rate_of_searches(alice, settings):
    settings.SEARCH_RATE = "2/m"
    found = [(await embed(alice, "text"))[0] for _ in range(3)]
    assert found == [200, 200, 429]
