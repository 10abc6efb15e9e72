"""Text spoken by any endpoint with OpenAI's protocol for speech (`/v1/audio/speech`)."""

import re
from collections.abc import AsyncGenerator, Iterator

import httpx2
from django.conf import settings

from aiapp.concurrency.per_loop import PerLoop
from aiapp.llm.errors import ModelError, ModelUnavailable
from aiapp.llm.openai_library import load, openai
from aiapp.llm.refusals.meaning import interpret
from aiapp.llm.transport import async_openai

MEDIA_TYPE = "audio/mpeg"
# OpenAI takes 4,096 characters at once; pieces of MP3 one after the other are MP3.
MAX_CHARS_AT_ONCE = 4_000
PIECE_BYTES = 16 * 1024
SECONDS = 60.0

_sentence = re.compile(r"[^.!?。！？\n]*(?:[.!?。！？\n]+\s*|$)")


def is_configured() -> bool:
    return bool(settings.SPEECH_MODEL and settings.SPEECH_BASE_URL)


async def synthesize(text: str) -> AsyncGenerator[bytes, None]:
    """MP3, as it is made. Raises a ModelError, before the first byte if the service refuses."""
    await load()
    for part in parts(text):
        opening = _clients.get().audio.speech.with_streaming_response.create(
            input=part,
            model=settings.SPEECH_MODEL,
            voice=settings.SPEECH_VOICE,
            response_format="mp3",
        )
        try:
            async with opening as answer:
                _check_kind(answer.http_response.headers.get("content-type", ""))
                async for piece in answer.iter_bytes(PIECE_BYTES):
                    yield piece
        except openai.APIStatusError as error:
            raise _translate_error(error) from error
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            raise ModelUnavailable("The speech service is not responding.") from error


def parts(text: str) -> Iterator[str]:
    """The text in pieces that a service takes, cut between sentences where that is possible."""
    part = ""
    for sentence in _sentence.findall(text):
        for start in range(0, len(sentence), MAX_CHARS_AT_ONCE):
            piece = sentence[start : start + MAX_CHARS_AT_ONCE]
            if part and len(part) + len(piece) > MAX_CHARS_AT_ONCE:
                yield part
                part = ""
            part += piece
    if part.strip():
        yield part


async def close_client() -> None:
    await _clients.close()


def _check_kind(kind: str) -> None:
    """Raise ModelUnavailable for an error or a page that comes with a status of success."""
    if kind.partition(";")[0].strip().lower() in {"application/json", "text/html"}:
        raise ModelUnavailable("The speech service is not responding.")


def _translate_error(error: "openai.APIStatusError") -> ModelError:
    return interpret(error.status_code, error.response.headers, "")


def _client() -> "openai.AsyncOpenAI":
    return async_openai(
        settings.SPEECH_BASE_URL,
        settings.SPEECH_API_KEY,
        max_retries=1,
        timeout=httpx2.Timeout(SECONDS, connect=settings.MODEL_CONNECT_SECONDS),
    )


_clients = PerLoop(_client, lambda client: client.close())
