"""The head of a request, by what it tells of the body: how large it may be, and what it holds."""

import re
import string
from typing import Any

from django.conf import settings

UPLOADS = re.compile(
    r"(/documents/upload|/documents/[0-9a-f-]{36}/versions"
    r"|/api/documents|/api/documents/[0-9a-f-]{36}/versions"
    r"|/api/audio/transcriptions|/chat/import|/api/conversations/import)/?",
    re.IGNORECASE,
)
# Below /v1 a program waits for the text; what is longer is transcribed in the background.
RECORDINGS = re.compile(r"/v1/audio/transcriptions/?", re.IGNORECASE)
PICTURES = re.compile(r"/api/(attachments|images/analyze)/?", re.IGNORECASE)
# As many tokens as a request may hold, as numbers or as texts.
EMBEDDINGS = re.compile(r"/v1/embeddings/?", re.IGNORECASE)
EMBEDDINGS_BYTES = 4 * 1024 * 1024
# Questions bring their pictures along as base64, as front ends and OpenAI's clients send them.
QUESTIONS = re.compile(r"/v1/chat/completions|/api/chat(/stream)?|/api/ai-sdk/chat", re.IGNORECASE)
QUESTIONS_BYTES = 8 * 1024 * 1024
BASE64 = (string.ascii_letters + string.digits + "+/=-_").encode()
# Of bodies, nothing here unpacks them: a small one may hold any number of bytes.
PACKINGS = (b"gzip", b"x-gzip", b"deflate", b"compress", b"br", b"zstd")
# Python takes the square of its length to read a type with parameters, and is asked on the loop.
# A boundary has 70 bytes.
MAX_TYPE_BYTES = 500
# The multipart frame around a file.
FRAME_BYTES = 64 * 1024


def find_limit(scope: Any) -> int:
    """Return how many bytes the body of a request may have."""
    path, usual = scope["path"], int(settings.REQUEST_MAX_BYTES)
    if is_question(scope):
        return max(QUESTIONS_BYTES, usual)
    if not is_upload(scope):
        return usual
    if EMBEDDINGS.fullmatch(path):
        return EMBEDDINGS_BYTES
    return _find_limit_of_files(path) if _has_parts(scope) else usual


def _find_limit_of_files(path: str) -> int:
    """Return the limit of a form with parts.

    One of the other kind holds no file, and takes a thousand times as long to read.
    """
    if UPLOADS.fullmatch(path):
        return int(settings.DOCUMENT_MAX_BYTES) + FRAME_BYTES
    if RECORDINGS.fullmatch(path):
        return int(settings.TRANSCRIPTION_MAX_BYTES) + FRAME_BYTES
    return int(settings.PICTURE_MAX_BYTES) + FRAME_BYTES


def _has_parts(scope: Any) -> bool:
    # Of several types Django goes by the first.
    kinds = (value for name, value in scope["headers"] if name == b"content-type")
    return next(kinds, b"").strip().lower().startswith(b"multipart/form-data")


def read_declared_length(scope: Any) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def find_packing(scope: Any) -> str:
    """Return what a body says that it was packed with; "" if nothing, or what packs nothing."""
    named = [value for name, value in scope["headers"] if name == b"content-encoding"]
    encodings = {each.strip().lower() for value in named for each in value.split(b",")}
    return next((each.decode() for each in PACKINGS if each in encodings), "")


def is_type_too_long(scope: Any) -> bool:
    """Check whether what is told of the body's type is longer than any type."""
    told = (len(value) for name, value in scope["headers"] if name == b"content-type")
    return sum(told) > MAX_TYPE_BYTES


def is_question(scope: Any) -> bool:
    return scope["method"] == "POST" and QUESTIONS.fullmatch(scope["path"]) is not None


def is_upload(scope: Any) -> bool:
    path = scope["path"]
    takes_much = any(kind.fullmatch(path) for kind in (UPLOADS, RECORDINGS, PICTURES, EMBEDDINGS))
    return scope["method"] == "POST" and takes_much


def holds_file(scope: Any) -> bool:
    """Tell whether an upload is one of a file, which is kept on the disk as it comes."""
    return is_upload(scope) and not EMBEDDINGS.fullmatch(scope["path"])


def count_text(part: bytes) -> int:
    """Return how many bytes of a body are no base64, which pictures are made of."""
    return len(part.translate(None, BASE64))
