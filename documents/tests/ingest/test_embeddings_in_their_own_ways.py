"""Services that speak OpenAI's protocol for embeddings their own way."""

import base64
import json
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pytest_django import Settings

from aiapp.llm.embedding import client
from aiapp.llm.embedding.apart import HARMLESS
from aiapp.llm.errors import BrokenAnswer, ModelBusy, ModelError, ModelUnavailable

# What is asked for, and the vectors that tell the texts apart.
TEXTS = ["one", "two", "three"]
VECTORS = {"one": [1.0, 0.0], "two": [0.0, 1.0], "three": [0.5, 0.5]}
Answer = Callable[[dict[str, Any]], tuple[int, Any]]


class Service:
    """Answers as the test says. `bodies` are the requests."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.answer: Answer = lambda body: (200, {"data": items(body["input"])})


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            service.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status, answer = service.answer(service.bodies[-1])
            sent = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    settings.EMBEDDING_BASE_URL = f"http://127.0.0.1:{server.server_address[1]}/v1"
    settings.EMBEDDING_MODEL = "its-own"
    yield service
    client.close_sync_clients()
    server.shutdown()
    thread.join()
    server.server_close()


def items(texts: list[str]) -> list[dict[str, Any]]:
    known = VECTORS | {HARMLESS: [1.0, 1.0]}
    return [{"index": n, "embedding": known[text]} for n, text in enumerate(texts)]


def without_zero(texts: list[str]) -> list[dict[str, Any]]:
    return [{k: v for k, v in item.items() if k != "index" or v} for item in items(texts)]


def in_base64(texts: list[str]) -> list[dict[str, Any]]:
    packed = (struct.pack("<2f", *VECTORS[text]) for text in texts)
    return [
        {"index": n, "embedding": base64.b64encode(each).decode()} for n, each in enumerate(packed)
    ]


FORMS: list[Callable[[list[str]], Any]] = [
    lambda texts: {"data": items(texts)},
    lambda texts: {"data": items(texts)[::-1]},
    lambda texts: {"data": without_zero(texts)},
    lambda texts: {"data": [{"embedding": VECTORS[text]} for text in texts]},
    lambda texts: {"data": in_base64(texts), "usage": None},
    lambda texts: {"embeddings": [VECTORS[text] for text in texts]},
    lambda texts: [VECTORS[text] for text in texts],
    lambda texts: [{"index": n, "embedding": [VECTORS[text]]} for n, text in enumerate(texts)],
    lambda texts: {"data": [item | {"index": 0} for item in items(texts)]},
    lambda texts: {"data": [item | {"index": item["index"] + 1} for item in items(texts)][::-1]},
    lambda texts: {"data": [item | {"index": str(item["index"])} for item in items(texts)][::-1]},
    lambda texts: {"embeddings": {"float": [VECTORS[text] for text in texts]}},
    lambda texts: {"data": [{"embedding": [*map(str, VECTORS[text])]} for text in texts]},
    lambda texts: {"embeddings": [{"values": VECTORS[text]} for text in texts]},
    lambda texts: {"predictions": [{"embeddings": {"values": VECTORS[text]}} for text in texts]},
    lambda texts: {"result": {"shape": [3, 2], "data": [VECTORS[text] for text in texts]}},
    lambda texts: {"output": {"embeddings": [
        {"text_index": n, "embedding": VECTORS[text]} for n, text in enumerate(texts)][::-1]}},
    lambda texts: "\ufeff" + json.dumps({"data": items(texts)}),
    lambda texts: {"embeddingsByType": {"float": [VECTORS[text] for text in texts]}},
    lambda texts: [{"data": items(texts)}],
    lambda texts: {"data": [each | {"embedding": each["embedding"].translate(
        str.maketrans("+/", "-_")).rstrip("=") + "\n"} for each in in_base64(texts)]},
]  # fmt: skip
MORE = ["llama.cpp", "every index 0", "from 1 on", "index as text", "Cohere", "numbers as texts"]
MORE += ["Gemini's own", "Vertex", "Cloudflare", "DashScope's own", "a byte order mark"]
MORE += ["Titan", "a list of one", "base64 as in addresses"]
NAMES = ["OpenAI", "out of order", "Gemini: no index 0", "no index", "base64", "Ollama", "TEI"]


@pytest.mark.parametrize("form", FORMS, ids=[*NAMES, *MORE])
async def test_vectors_are_found_in_every_form(
    service: Service, form: Callable[[list[str]], Any]
) -> None:
    service.answer = lambda body: (200, form(body["input"]))
    assert client.embed_batch(TEXTS) == list(VECTORS.values())
    assert await client.embed_query("two") == VECTORS["two"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("<html>Sign in</html>", "malformed_embedding"),
        ({"data": None}, "malformed_embedding"),
        ({"error": "no"}, "malformed_embedding"),
        ({"data": [{"embedding": "no base64!"}] * 3}, "malformed_embedding"),
        ({"data": [{"embedding": []}] * 3}, "malformed_embedding"),
        ({"data": items(TEXTS)[:2]}, "embedding_count"),
        ({"data": [*items(TEXTS), items(TEXTS)[0]]}, "embedding_count"),
        ({"data": [{"index": 1, "embedding": [1.0]}] * 3}, "embedding_count"),
        ({"data": [{"index": n, "embedding": [1.0]} for n in (0, 2, 3)]}, "embedding_count"),
        ({"data": [{"embedding": [1.0] * (n + 1)} for n in range(3)]}, "embedding_dimension"),
        ({"data": [{"embedding": [0.0, 0.0]}] * 3}, "embedding_not_finite"),
    ],
)  # fmt: skip
def test_an_answer_that_makes_no_sense_is_refused(service: Service, answer: Any, code: str) -> None:
    service.answer = lambda body: (200, answer)
    with pytest.raises(BrokenAnswer) as caught:
        client.embed_batch(TEXTS)
    assert caught.value.reason == code


def test_an_error_in_place_of_vectors_means_what_it_says(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.001)
    error = {"error": {"message": "Rate limit reached", "code": 429}}
    answers: list[Any] = [error, {"data": items(TEXTS)}]
    service.answer = lambda body: (200, answers.pop(0))
    assert client.embed_batch(TEXTS) == list(VECTORS.values())
    service.answer = lambda body: (200, error)
    with pytest.raises(ModelBusy):
        client.embed_batch(TEXTS)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (413, "Payload Too Large"),
        (422, {"error": "batch size 3 > maximum allowed batch size 1", "error_type": "Validation"}),
        (400, {"error": {"message": "* BatchEmbedContentsRequest.requests: at most 1 requests "
                         "can be in one batch"}}),
        (400, {"error": {"message": "Value error, batch size is invalid, it should not be larger "
                         "than 1.: input.contents"}}),
        (400, {"error": {"message": "Invalid 'input': array too long. Expected an array with "
                         "maximum length 1"}}),
        (400, {"error": {"message": "Requested 335017 tokens, max 300000 tokens per request"}}),
        (400, {"error": {"code": "1214", "message": "input数组最大不得超过1条"}}),
        (400, "#/texts: expected maximum item count: 1, found: 3"),
        (400, "2 instance(s) is allowed per prediction. Actual: 3"),
        (400, {"error": {"message": "The number of texts exceeds the limit"}}),
        (400, {"error": {"message": "Invalid request"}}),
        (422, "no"),
        (200, {"data": [{"index": 0, "embedding": [1.0, 0.0]}]}),
    ],
)  # fmt: skip
def test_fewer_texts_are_sent_at_once_to_who_takes_no_more(
    service: Service, status: int, words: Any
) -> None:
    service.answer = lambda body: (
        (200, {"data": items(body["input"])}) if len(body["input"]) == 1 else (status, words)
    )
    assert client.embed_batch(TEXTS) == list(VECTORS.values())
    service.bodies.clear()
    assert client.embed_batch(TEXTS) == list(VECTORS.values())
    assert [len(body["input"]) for body in service.bodies] == [1, 1, 1]


async def test_who_waits_for_vectors_gets_them_in_fewer_at_once(service: Service) -> None:
    service.answer = lambda body: (
        (200, {"data": items(body["input"])})
        if len(body["input"]) == 1
        else (400, "#/texts: expected maximum item count: 1, found: 3")
    )
    vectors, _ = await client.embed_now(TEXTS, client.get_configured_model())
    assert vectors == list(VECTORS.values())


def test_a_service_that_takes_no_list_is_given_a_text(service: Service) -> None:
    service.answer = lambda body: (
        (200, {"data": items([body["input"]])})
        if isinstance(body["input"], str)
        else (422, {"detail": [{"loc": ["body", "input"], "msg": "should be a valid string"}]})
    )
    assert client.embed_batch(TEXTS) == list(VECTORS.values())


@pytest.mark.parametrize(
    "words",
    [
        {"detail": "Rate limit exceeded"},
        {"code": 429, "message": "x"},
        {"error": True, "message": "Rate limit"},
        {"base_resp": {"status_code": 1002, "status_msg": "rate limit exceeded"}, "vectors": None},
    ],
)
def test_words_in_place_of_vectors_mean_what_they_say(
    service: Service, monkeypatch: pytest.MonkeyPatch, words: Any
) -> None:
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.001)
    service.answer = lambda body: (200, words)
    with pytest.raises(ModelBusy):
        client.embed_batch(TEXTS)


def test_a_service_that_names_a_time_is_waited_for_so_long_but_not_for_an_hour(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(client.time, "sleep", pauses.append)
    service.answer = lambda body: (429, "Please try again in 20s")
    with pytest.raises(ModelBusy):
        client.embed_batch(TEXTS)
    assert len(pauses) == client.TRIES - 1
    assert min(pauses) >= 20
    service.bodies.clear()
    service.answer = lambda body: (429, "Please try again in 2h")
    with pytest.raises(ModelBusy):
        client.embed_batch(TEXTS)
    assert len(service.bodies) == 1


def test_one_text_that_is_too_large_is_an_error(service: Service) -> None:
    service.answer = lambda body: (413, "Payload Too Large")
    with pytest.raises(ModelError):
        client.embed_batch(TEXTS)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (413, "Payload Too Large"),
        (500, "input is too large to process. increase the physical batch size"),
        (400, "input is too large to process. increase the physical batch size"),
        (400, "Input length 9000 is larger than 8192"),
    ],
)
def test_one_text_that_is_too_large_makes_no_other_document_slow(
    service: Service, status: int, words: str
) -> None:
    service.answer = lambda body: (
        (status, {"error": {"message": words}})
        if "endless" in body["input"]
        else (200, {"data": items(body["input"])})
    )
    with pytest.raises(ModelError):
        client.embed_batch(["one", "endless", "two"])
    service.bodies.clear()
    assert client.embed_batch(TEXTS) == list(VECTORS.values())
    assert [len(body["input"]) for body in service.bodies] == [3]


NOT_A_NUMBER = {"error": "failed to encode response: json: unsupported value: NaN"}


def answer_around(refusal: tuple[int, Any]) -> Answer:
    """A model that fails at every text with a certain word in it, among however many others."""

    def answer(body: dict[str, Any]) -> tuple[int, Any]:
        if any("doom" in text for text in body["input"]):
            return refusal
        vectors = [[1.0, float(len(text))] for text in body["input"]]
        return 200, {"data": [{"index": n, "embedding": each} for n, each in enumerate(vectors)]}

    return answer


@pytest.mark.parametrize(
    "refusal",
    [
        (500, NOT_A_NUMBER),
        (400, {"error": {"message": "the input length exceeds the context length"}}),
        (200, '{"data": [{"index": 0, "embedding": [NaN, 1.0]}]}'),
    ],
)
def test_a_text_that_the_model_fails_at_has_the_vector_of_its_parts_and_spares_the_others(
    service: Service, monkeypatch: pytest.MonkeyPatch, refusal: tuple[int, Any]
) -> None:
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.001)
    service.answer = answer_around(refusal)
    sound = [f"text {'x' * n}" for n in range(7)]
    bad = f"{'well ' * 20}doom {'and good ' * 20}"
    vectors = client.embed_batch([*sound[:3], bad, *sound[3:]])
    assert vectors[:3] + vectors[4:] == [[1.0, float(len(text))] for text in sound]
    first, length = vectors[3]
    assert first == 1.0
    assert 20 <= length < len(bad)
    assert len(service.bodies) < 24


def test_a_server_that_fails_at_every_text_is_away_and_asked_no_more(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.001)
    service.answer = lambda body: (500, NOT_A_NUMBER)
    with pytest.raises(ModelUnavailable):
        client.embed_batch([f"text {n}" for n in range(16)])
    assert len(service.bodies) == client.TRIES + 1


@pytest.mark.parametrize("status", [400, 422])
async def test_a_parameter_that_is_refused_is_left_out_from_then_on(
    service: Service, status: int
) -> None:
    service.answer = lambda body: (
        (status, {"detail": "extra fields not permitted: ['encoding_format']"})
        if "encoding_format" in body
        else (200, {"data": in_base64(body["input"])})
    )
    assert client.embed_batch(TEXTS) == list(VECTORS.values())
    assert await client.embed_query("two") == VECTORS["two"]
    assert ["encoding_format" in body for body in service.bodies] == [True, False, False]


async def test_a_model_that_wants_to_know_what_it_is_given_is_told(service: Service) -> None:
    service.answer = lambda body: (
        (200, {"data": items(body["input"])})
        if "input_type" in body
        else (400, {"error": "'input_type' parameter is required for this model"})
    )
    assert client.embed_batch(TEXTS) == list(VECTORS.values())
    assert await client.embed_query("two") == VECTORS["two"]
    assert [body.get("input_type") for body in service.bodies] == [None, "passage", "query"]
