"""Speech transcribed by any endpoint with OpenAI's protocol for transcription.

For work in the background, and for threads of a web server: a call takes as long as the
endpoint does.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import orjson
from django.conf import settings

from aiapp.llm.errors import BadRequest, BrokenAnswer, ModelBusy, ModelRefused, ModelUnavailable
from aiapp.llm.openai_library import openai
from aiapp.llm.transport import sync_openai

# An hour of speech takes some services a few minutes.
SECONDS = 900.0
TRIES_MORE = 2


@dataclass(frozen=True, slots=True)
class Segment:
    """The words spoken from `start` to `end`, in seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """`segments` is empty, and the `duration` in seconds 0, where the model tells no times."""

    text: str
    language: str
    segments: tuple[Segment, ...]
    duration: float = 0.0


def is_configured() -> bool:
    return bool(settings.TRANSCRIPTION_MODEL and settings.TRANSCRIPTION_BASE_URL)


def transcribe(path: str, filename: str, language: str = "") -> Transcript:
    """Write a recording down. Services know its format by the ending of `filename`; `language`
    is an ISO 639-1 code, or "" to have it found. Raises a ModelError.
    """
    parameters: dict[str, Any] = {"language": language} if language else {}
    try:
        with _client() as client:
            try:
                body = _request(
                    client, path, filename, parameters | {"response_format": "verbose_json"}
                )
            except (openai.BadRequestError, openai.UnprocessableEntityError):
                # Newer models of OpenAI tell the text alone.
                body = _request(client, path, filename, parameters | {"response_format": "json"})
    except openai.RateLimitError as error:
        raise ModelBusy("The transcription service is busy.") from error
    except (
        openai.AuthenticationError,
        openai.PermissionDeniedError,
        openai.NotFoundError,
    ) as error:
        raise ModelRefused(
            "The transcription service refused access. The administrator must check it."
        ) from error
    except openai.APIStatusError as error:
        if error.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
            raise ModelUnavailable("The transcription service is not responding.") from error
        raise BadRequest(
            "The transcription service did not accept the recording. It may be too long for it."
        ) from error
    except (openai.OpenAIError, httpx2.HTTPError) as error:
        raise ModelUnavailable("The transcription service is not responding.") from error
    return _read(body)


def _request(
    client: "openai.OpenAI", path: str, filename: str, parameters: dict[str, Any]
) -> bytes:
    with Path(path).open("rb") as file:
        answer = client.audio.transcriptions.with_raw_response.create(
            file=(filename, file), model=settings.TRANSCRIPTION_MODEL, **parameters
        )
    return answer.http_response.content


def _client() -> "openai.OpenAI":
    return sync_openai(
        settings.TRANSCRIPTION_BASE_URL,
        settings.TRANSCRIPTION_API_KEY,
        max_retries=TRIES_MORE,
        timeout=httpx2.Timeout(SECONDS, connect=settings.MODEL_CONNECT_SECONDS),
    )


def _read(body: bytes) -> Transcript:
    try:
        answer = _parse(body)
        segments = tuple(_list_segments(answer.get("segments")))
        ends = [0.0, *(each.end for each in segments)]
        duration = _seconds(answer.get("duration") or max(ends))
        language = str(answer.get("language") or "")
        return Transcript(answer["text"].strip(), language, segments, duration)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrokenAnswer("The transcription service returned an unusable answer.") from error


def _parse(body: bytes) -> dict[str, Any]:
    """Return an answer out of what a gateway puts around it, or made of the bare words.

    Raises ValueError or TypeError.
    """
    if body.strip() and not body.lstrip().startswith((b"{", b"[", b"<", b'"')):
        return {"text": body.decode()}
    answer: Any = orjson.loads(body)
    if isinstance(answer, str):
        return {"text": answer}
    inner = (answer.get(name) for name in ("result", "data", "output") if "text" not in answer)
    found: dict[str, Any] = next((each for each in inner if isinstance(each, dict)), answer)
    return found


def _list_segments(rows: Any) -> list[Segment]:
    """Return the segments, or none of them where one has no times: the text has all words."""
    try:
        return [_segment(row) for row in rows] if isinstance(rows, list) else []
    except (KeyError, TypeError, ValueError):
        return []


def _segment(row: dict[str, Any]) -> Segment:
    return Segment(_seconds(row["start"]), _seconds(row["end"]), str(row["text"]).strip())


def _seconds(value: Any) -> float:
    seconds = float(value)
    if not math.isfinite(seconds):
        raise ValueError("a time is no number")
    return max(seconds, 0.0)
