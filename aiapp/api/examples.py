"""Examples of the bodies in OpenAI's protocol, and what types do not tell about its answers."""

from aiapp.api.notes import EVENTS, JSON, Note

TURN = "0193b1d2-8a04-7b9e-b1c2-3d4e5f607182"
_USAGE = {"prompt_tokens": 512, "completion_tokens": 14, "total_tokens": 526}

_ANY = {"schema": {"type": "object"}}
_COMPLETION = {
    "id": f"chatcmpl-{TURN}",
    "object": "chat.completion",
    "created": 1_795_426_200,
    "model": "gpt-4.1-mini",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello!"},
            "finish_reason": "stop",
        }
    ],
    "usage": _USAGE,
}
V1_NOTES: dict[str, Note] = {
    "GET /models": Note(content={JSON: _ANY}),
    "GET /models/{model}": Note(content={JSON: _ANY}),
    "POST /chat/completions": Note(
        request={"model": "gpt-4.1-mini", "messages": [{"role": "user", "content": "Hello"}]},
        content={JSON: _ANY | {"example": _COMPLETION}} | EVENTS,
        errors=(404, 409, 500, 502),
    ),
    "POST /embeddings": Note(
        request={"model": "text-embedding-3-small", "input": ["How many days?"]},
        content={JSON: _ANY},
        errors=(404, 500, 502),
    ),
    "POST /audio/transcriptions": Note(
        content={JSON: _ANY | {"example": {"text": "The meeting begins at nine."}}}
        | {
            kind: {"schema": {"type": "string"}}
            for kind in ("text/plain", "application/x-subrip", "text/vtt")
        },
        errors=(404, 500, 502),
    ),
}
