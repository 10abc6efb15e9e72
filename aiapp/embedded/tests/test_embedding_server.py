"""The local embedding server speaks OpenAI's protocol and its vectors make sense."""

import asyncio
import base64

import httpx2
import numpy as np
import openai
import pytest

from aiapp.llm import transport

MODEL = "all-MiniLM-L6-v2"


@pytest.fixture
def client(embedding_server):
    url, _ = transport.http_base(embedding_server.base_url)
    http = transport.sync_http_client(embedding_server.base_url)
    with openai.OpenAI(
        api_key=embedding_server.key, base_url=url, http_client=http, max_retries=0
    ) as client:
        yield client


@pytest.fixture
def http(embedding_server):
    _, socket = transport.http_base(embedding_server.base_url)
    with httpx2.Client(
        transport=httpx2.HTTPTransport(uds=socket),
        base_url="http://localhost",
        headers={"Authorization": f"Bearer {embedding_server.key}"},
    ) as client:
        yield client


def vectors(client, texts, **options):
    answer = client.embeddings.create(model=MODEL, input=texts, **options)
    return np.array([row.embedding for row in answer.data], dtype=np.float32)


def test_similar_sentences_lie_close_and_others_far(client):
    happy, very_happy, dog, sunny, reset, change, cat, revenue = vectors(
        client,
        [
            "That is a happy person",
            "That is a very happy person",
            "That is a happy dog",
            "Today is a sunny day",
            "How do I reset my password?",
            "I forgot my password and need to change it.",
            "The cat sleeps on the sofa.",
            "Quarterly revenue rose by eleven percent.",
        ],
    )
    # The values that the model's authors publish for these sentences.
    assert happy @ very_happy == pytest.approx(0.943, abs=0.04)
    assert happy @ dog == pytest.approx(0.695, abs=0.04)
    assert happy @ sunny == pytest.approx(0.257, abs=0.04)
    assert reset @ change > 0.65
    assert reset @ cat < 0.15
    assert reset @ revenue < 0.15


def test_vectors_have_length_one_and_384_numbers(client):
    found = vectors(client, ["one", "two words", "and a third text of more words"])
    assert found.shape == (3, 384)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-3)


def test_a_text_has_the_same_vector_alone_and_among_others(client):
    texts = [f"{'many ' * (n % 37)}words {n}" for n in range(40)]
    together = vectors(client, texts)
    alone = vectors(client, [texts[17]])
    # Quantised activations depend a little on what shares the batch.
    assert float(together[17] @ alone[0]) > 0.98


def test_base64_and_float_are_the_same_numbers(http):
    body = {"model": MODEL, "input": "the same", "encoding_format": "float"}
    plain = http.post("/v1/embeddings", json=body).json()["data"][0]["embedding"]
    packed = http.post("/v1/embeddings", json=body | {"encoding_format": "base64"}).json()
    numbers = np.frombuffer(base64.b64decode(packed["data"][0]["embedding"]), dtype="<f4")
    assert numbers == pytest.approx(plain)


def test_only_the_first_256_tokens_count(client):
    long = "word " * 300
    first, second = vectors(client, [long, long + "something entirely different"])
    assert float(first @ second) > 0.999


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"model": "text-embedding-3-small"}, 404),
        ({"dimensions": 128}, 400),
        ({"input": []}, 400),
        ({"input": [""]}, 400),
        ({"input": [1, 2, 3]}, 400),
        ({"input": ["x"] * 513}, 400),
        ({"input": None}, 400),
        ({"encoding_format": "int8"}, 400),
    ],
)
def test_what_it_cannot_do_is_refused_in_openais_shape(http, change, status):
    answer = http.post("/v1/embeddings", json={"model": MODEL, "input": "x"} | change)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["message"]
    assert error["type"] == "invalid_request_error"


def test_broken_and_oversized_bodies_are_refused(http):
    assert http.post("/v1/embeddings", content=b"{").status_code == 400
    assert http.post("/v1/embeddings", content=b"[]").status_code == 400
    assert http.post("/v1/embeddings", content=b"x" * (9 << 20)).status_code == 413


def test_without_the_key_nothing_but_health_answers(http):
    wrong = {"Authorization": "Bearer wrong"}
    body = {"model": MODEL, "input": "x"}
    assert http.post("/v1/embeddings", json=body, headers=wrong).status_code == 401
    assert http.get("/v1/models", headers=wrong).status_code == 401
    assert http.get("/health", headers=wrong).status_code == 200


def test_the_model_is_listed(client):
    assert [model.id for model in client.models.list()] == [MODEL]


async def test_a_short_text_does_not_wait_for_a_long_request(embedding_server):
    """A question asked while a document is indexed overtakes the document's later batches."""
    url, _ = transport.http_base(embedding_server.base_url)
    http = transport.async_http_client(embedding_server.base_url)
    async with openai.AsyncOpenAI(
        api_key=embedding_server.key, base_url=url, http_client=http, max_retries=0
    ) as client:

        async def embed(texts):
            await client.embeddings.create(model=MODEL, input=texts)

        long = asyncio.create_task(embed(["word " * 250] * 64))
        await asyncio.sleep(0.1)
        await embed("a question")
        assert not long.done()
        await long
