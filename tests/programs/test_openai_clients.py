"""Programs written for OpenAI: the official Python client and LangChain's, against a real site."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import psutil
import pytest
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

from aiapp.llm.tokens import vocabulary
from documents.tests import fake_embeddings
from documents.tests.recordings.test_recordings import SPEECH
from tests.processes import model_requests, site

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather at a place",
        "parameters": {"type": "object", "properties": {"place": {"type": "string"}}},
    },
}


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory, fake_model: str) -> Iterator[str]:
    data_dir: Path = tmp_path_factory.mktemp("site")
    variables = {"OPENAI_BASE_URL": fake_model, "OPENAI_API_KEY": "sk-up", "CHAT_MODEL": "echo"}
    models = "fault-429,fault-context,fault-cut,fault-401,count-9000-50,says-plain_words"
    with (
        fake_embeddings.running() as embeddings,
        site.running(
            data_dir,
            **variables,
            CHAT_MODELS=models,
            EMBEDDING_BASE_URL=embeddings.base_url,
            EMBEDDING_API_KEY="key",
            EMBEDDING_MODEL="fake",
        ) as running,
    ):
        web = running.web()
        _processes[web.url] = web.process.pid
        client = running.client(web, "alice")
        _tokens[web.url] = client.headers["Authorization"].removeprefix("Bearer ")
        yield web.url


_tokens: dict[str, str] = {}
_processes: dict[str, int] = {}


@pytest.fixture
def client(base_url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{base_url}/v1", api_key=_tokens[base_url], max_retries=0) as made:
        yield made


def ask(client: openai.OpenAI, text: str, model: str = "echo", **more: object) -> object:
    messages = [{"role": "user", "content": text}]
    return client.chat.completions.create(model=model, messages=messages, **more)


def test_models_are_listed_and_one_is_shown(client: openai.OpenAI) -> None:
    names = [model.id for model in client.models.list()]
    assert names[0] == "echo"
    assert client.models.retrieve("count-9000-50").id == "count-9000-50"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("no-such-model")


def test_a_completion_comes_whole(client: openai.OpenAI) -> None:
    answer = ask(client, "one two three")
    assert answer.choices[0].message.content == "one two three "
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == 10


def test_a_completion_comes_as_a_stream_with_its_usage(client: openai.OpenAI) -> None:
    stream = ask(client, "one two", stream=True, stream_options={"include_usage": True})
    chunks = list(stream)
    deltas = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(deltas) == "one two "
    assert chunks[-1].usage.completion_tokens == 2
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"


def test_messages_reach_the_model_as_they_were_sent(client: openai.OpenAI) -> None:
    history = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": "yes"},
        {"role": "user", "content": [{"type": "text", "text": "second"}]},
    ]
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="echo", messages=[])
    answer = client.chat.completions.create(
        model="says-plain_words", messages=history, temperature=0, stop=["x"], seed=1
    )
    assert answer.choices[0].message.content == "plain words "


@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_is_called_and_its_result_answered(client: openai.OpenAI, stream: bool) -> None:
    question = {"role": "user", "content": "Will it rain?"}
    first = client.chat.completions.create(
        model="echo", messages=[question], tools=[WEATHER], stream=stream
    )
    if stream:
        deltas = [c.choices[0].delta for c in first if c.choices]
        call = next(delta.tool_calls[0] for delta in deltas if delta.tool_calls)
    else:
        assert first.choices[0].finish_reason == "tool_calls"
        call = first.choices[0].message.tool_calls[0]
    assert (call.function.name, call.function.arguments) == ("weather", '{"place": "Seoul"}')
    function = {"name": call.function.name, "arguments": call.function.arguments}
    asked = {"id": call.id, "type": "function", "function": function}
    result = {"role": "tool", "tool_call_id": call.id, "content": "It rains."}
    messages = [question, {"role": "assistant", "tool_calls": [asked]}, result]
    second = client.chat.completions.create(model="echo", messages=messages, tools=[WEATHER])
    assert second.choices[0].message.content == "It rains. "


@pytest.mark.parametrize(
    ("model", "error"),
    [
        ("no-such-model", openai.NotFoundError),
        ("fault-429", openai.RateLimitError),
        ("fault-context", openai.BadRequestError),
        ("fault-401", openai.InternalServerError),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_errors_are_raised_as_their_own_types(
    client: openai.OpenAI, model: str, error: type[Exception], stream: bool
) -> None:
    with pytest.raises(error) as raised:
        ask(client, "hello", model, stream=stream)
    assert "sk-" not in str(raised.value)


def test_an_answer_that_breaks_off_raises_in_the_stream(client: openai.OpenAI) -> None:
    with pytest.raises(openai.APIError, match="cut off"):
        list(ask(client, "hello", "fault-cut", stream=True))


def test_a_stranger_is_not_let_in(base_url: str) -> None:
    stranger = openai.OpenAI(base_url=f"{base_url}/v1", api_key="wrong", max_retries=0)
    with stranger, pytest.raises(openai.AuthenticationError) as raised:
        stranger.models.list()
    assert raised.value.code == "invalid_api_key"


def test_who_hangs_up_stops_the_answer(client: openai.OpenAI, fake_model: str) -> None:
    question = "How far can you count?"
    stream = ask(client, question, "count-9000-50", stream=True)
    for chunk in stream:
        if chunk.choices[0].delta.content:
            break
    stream.close()
    # The answer itself would take seven minutes.
    deadline = time.monotonic() + 60
    while model_requests.fetch(fake_model, question, last=1)["active"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_recording_is_written_down(client: openai.OpenAI) -> None:
    def transcribe(form: str) -> Any:
        with SPEECH.open("rb") as file:
            return client.audio.transcriptions.create(
                model="whisper-1", file=file, response_format=form
            )

    verbose = transcribe("verbose_json")
    assert verbose.text.startswith("The meeting begins")
    assert verbose.segments[0].end < verbose.duration + 1
    assert transcribe("vtt").startswith("WEBVTT")
    with pytest.raises(openai.BadRequestError) as raised:
        client.audio.transcriptions.create(model="whisper-1", file=("a.txt", b"no sound"))
    assert raised.value.code == "not_a_recording"


def test_langchain_talks_to_it(base_url: str) -> None:
    model = ChatOpenAI(base_url=f"{base_url}/v1", api_key=_tokens[base_url], model="echo")
    assert model.invoke("one two").content == "one two "
    assert "".join(part.content for part in model.stream("three four")) == "three four "
    bound = model.bind_tools([WEATHER])
    assert bound.invoke("Will it rain?").tool_calls[0]["args"] == {"place": "Seoul"}


def test_texts_are_embedded_on_a_new_site(client: openai.OpenAI) -> None:
    texts = ["The harbour opens at seven.", "안녕하세요"]
    # The client asks for base64 by itself.
    answer = client.embeddings.create(model="fake", input=texts)
    expected = [pytest.approx(fake_embeddings.vector(text), rel=1e-6) for text in texts]
    assert [item.embedding for item in answer.data] == expected
    with pytest.raises(openai.BadRequestError):
        client.embeddings.create(model="fake", input="")
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="no-such-model", input="text")


def test_langchain_embeds_as_it_comes(base_url: str) -> None:
    """It cuts texts by OpenAI's tokens and sends these, unless it is told not to."""
    # Where tiktoken finds it, which would fetch it otherwise.
    assert vocabulary("cl100k_base"), "install bpe-openai, which brings the vocabulary"
    embeddings = OpenAIEmbeddings(
        base_url=f"{base_url}/v1", api_key=_tokens[base_url], model="fake"
    )
    texts = ["The harbour opens at seven.", "안녕하세요 세계", "a <b> & 🌍"]
    expected = [pytest.approx(fake_embeddings.vector(text), rel=1e-6) for text in texts]
    assert embeddings.embed_documents(texts) == expected
    assert embeddings.embed_query(texts[0]) == expected[0]
    # As many as it sends at once, and as long as chunks of documents are.
    many = [f"text {number} " + "word " * 150 for number in range(1200)]
    assert len(embeddings.embed_documents(many)) == 1200


def test_the_largest_request_leaves_room_for_others(base_url: str, client: openai.OpenAI) -> None:
    process = psutil.Process(_processes[base_url])
    client.embeddings.create(model="fake", input="warm")
    before = process.memory_info().rss
    texts = [f"text number {number} of many" for number in range(2048)]
    with client.embeddings.with_streaming_response.create(
        model="fake", input=texts, encoding_format="float"
    ) as answer:
        assert httpx2.get(f"{base_url}/health/live", verify=site.PLAIN).status_code == 200
        assert len(answer.json()["data"]) == 2048
    assert process.memory_info().rss - before < 64 * 1024 * 1024
