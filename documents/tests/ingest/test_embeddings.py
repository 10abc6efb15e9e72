import asyncio
import math

import pytest

from aiapp.llm.embedding import client
from aiapp.llm.errors import BadRequest, BrokenAnswer, ModelBusy, ModelRefused, ModelUnavailable
from documents.tests.fake_embeddings import vector


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.001)


def test_each_text_gets_its_vector_in_order(fake, settings):
    settings.EMBEDDING_BATCH = 2
    texts = ["one", "two", "three", "four", "five"]
    assert client.embed_batch(texts) == [pytest.approx(vector(text)) for text in texts]
    assert [len(batch) for batch in fake.batches] == [2, 2, 1]


def test_no_texts_cost_no_request(fake):
    assert client.embed_batch([]) == []
    assert fake.batches == []


@pytest.mark.parametrize("faults", [["down"], ["busy"], ["down", "busy"]])
def test_a_passing_fault_is_waited_out(fake, faults):
    fake.faults = faults
    assert len(client.embed_batch(["text"])) == 1


@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("down", ModelUnavailable),
        ("busy", ModelBusy),
        ("refused", ModelRefused),
        ("bad", BadRequest),
        ("malformed", BrokenAnswer),
        ("short", BrokenAnswer),
        ("nan", BrokenAnswer),
        ("zeros", BrokenAnswer),
    ],
)
async def test_a_fault_has_its_error(fake, mode, error):
    fake.mode = mode
    with pytest.raises(error):
        client.embed_batch(["text"])
    with pytest.raises(error):
        await client.embed_query("text")


def test_a_dimension_that_is_not_the_expected_one_is_an_error(fake):
    right, wrong = (client.EmbeddingModel("custom", "fake", fake.dimension + n) for n in (0, 1))
    assert client.embed_batch(["text"], right)
    with pytest.raises(BrokenAnswer) as error:
        client.embed_batch(["text"], wrong)
    assert error.value.reason == "embedding_dimension"


async def test_a_query_that_nobody_answers_fails_soon(settings):
    settings.EMBEDDING_BASE_URL = "http://127.0.0.1:9/v1"
    with pytest.raises(ModelUnavailable):
        await client.embed_query("text")

    calls = []

    async def hang_up(_, writer):
        calls.append(writer)
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        settings.EMBEDDING_BASE_URL = f"http://{host}:{port}/v1"
        with pytest.raises(ModelUnavailable):
            await client.embed_query("text")
    # A batch in the background would wait and try again for minutes.
    assert 1 <= len(calls) <= 2
    assert client.QUERY_SECONDS <= 10 < client.BATCH_SECONDS


async def test_the_local_model_embeds_over_its_socket(embedding_server, settings):
    settings.EMBEDDING_BASE_URL = embedding_server.base_url
    settings.EMBEDDING_API_KEY = embedding_server.key
    settings.EMBEDDING_MODEL = settings.LOCAL_EMBEDDING_MODEL
    cat, kitten, tax = client.embed_batch(["a cat", "a kitten", "income tax"])
    assert len(cat) == 384
    assert math.dist(cat, kitten) < math.dist(cat, tax)
    query = await client.embed_query("a cat")
    # Its arithmetic is rounded by what stands beside a text in its batch.
    assert sum(x * y for x, y in zip(query, cat, strict=True)) > 0.98
    assert client.get_configured_model().provider == "local"
