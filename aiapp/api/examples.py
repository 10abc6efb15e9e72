"""Examples of the API's bodies, and what an operation's types do not tell about its answers."""

from typing import Any

from aiapp.api.notes import EVENTS, JSON, Note

CONVERSATION = "0193b1d2-7c41-7cc3-9a53-0d3c8f6f2a10"
QUESTION = "0193b1d2-8a02-7d11-8b6e-6f0e1d2c3b4a"
ANSWER = "0193b1d2-8a03-7f52-a2d4-91c0b7e6d5f8"
TURN = "0193b1d2-8a04-7b9e-b1c2-3d4e5f607182"
DOCUMENT = "0193b1d1-1f20-7a3b-8c4d-5e6f708192a3"
VERSION = "0193b1d1-1f21-7c5d-9e8f-a0b1c2d3e4f5"
COLLECTION = "0193b1d0-0a0b-7c0d-8e0f-102132435465"
KEY = "0193b1cf-9e8d-7c6b-8a59-48372615f4e3"
MOMENT = "2026-11-23T09:30:00Z"

_CITATION = {
    "n": 1,
    "document": DOCUMENT,
    "version": VERSION,
    "title": "handbook.pdf",
    "page": 12,
    "start": 3120,
    "end": 3188,
    "quote": "Every employee has 30 days of vacation a year.",
    "similarity": 0.82,
    "supported": True,
    "support": "supported",
}
_USAGE = {"prompt_tokens": 512, "completion_tokens": 14, "total_tokens": 526}
_BATCH = {
    "id": KEY,
    "kind": "questions",
    "title": "How many days of vacation?",
    "model": "gpt-5.1",
    "document": None,
    "state": "queued",
    "error": "",
    "created": MOMENT,
    "finished": None,
}
_BATCH_WITH_ITEMS = _BATCH | {
    "state": "running",
    "items": [
        {
            "position": 1,
            "text": "How many days of vacation?",
            "state": "done",
            "answer": "30 days a year [1].",
            "citations": [
                {
                    "n": 1,
                    "document": DOCUMENT,
                    "title": "handbook.pdf",
                    "page": 12,
                    "quote": "Every employee has 30 days of vacation a year.",
                }
            ],
            "grounded": True,
            "error": "",
        }
    ],
}
_ATTACHMENT = {
    "id": KEY,
    "filename": "invoice.jpg",
    "media_type": "image/jpeg",
    "width": 1568,
    "height": 1176,
    "text": None,
}
_FACT = {"id": KEY, "text": "Works as a nurse.", "conversation": CONVERSATION, "created": MOMENT}
_FACTS = {"enabled": True, "facts": [_FACT]}
_PART = {"text": "", "messages": 0, "passages": [], "names": []}
_PROMPT = {
    "model": "gpt-5.1",
    "context": 272_000,
    "tokens": 742,
    "parts": [
        _PART | {"name": "rules", "tokens": 118},
        _PART | {"name": "history", "tokens": 212, "messages": 4},
        _PART | {"name": "question", "tokens": 9, "text": "How many days of vacation?"},
        _PART
        | {
            "name": "passages",
            "tokens": 403,
            "passages": [{"document": DOCUMENT, "title": "handbook.pdf", "page": 12}],
        },
    ],
}
_ASK: dict[str, Any] = {
    "messages": [{"role": "user", "content": "How many days of vacation do I have?"}]
}
_IMPORT: dict[str, Any] = {
    "id": TURN,
    "filename": "chatgpt-export.zip",
    "state": "queued",
    "imported": 0,
    "known": 0,
    "skipped": 0,
    "reasons": [],
    "error": "",
    "created": MOMENT,
    "finished": None,
}
_EXPORT = {
    "format": "aiapp-chat",
    "version": 1,
    "id": CONVERSATION,
    "title": "Vacation",
    "created": MOMENT,
    "updated": MOMENT,
    "leaf": QUESTION,
    "messages": [
        {
            "id": QUESTION,
            "parent": None,
            "role": "user",
            "content": "How many days of vacation do I have?",
            "created": MOMENT,
            "model": None,
            "citations": [],
        }
    ],
}
_TOOL = {
    "name": "calculator",
    "title": "Calculator",
    "description": "Calculate exactly.",
    "kind": "read",
}
_CHANGING = (404, 409)
_ASKING = (404, 409, 502)
_EVENT_STREAM = Note(content=EVENTS)

NOTES: dict[str, Note] = {
    # Chat
    "POST /chat": Note(
        request=_ASK,
        response={
            "content": "You have 30 days of vacation a year [1].",
            "usage": _USAGE,
            "model": "gpt-4.1-mini",
            "finish_reason": "stop",
            "citations": [_CITATION],
            "grounded": True,
            "conversation_id": None,
            "cached": False,
        },
        errors=_ASKING,
    ),
    "POST /chat/stream": Note(
        request=_ASK | {"collections": [COLLECTION]}, content=EVENTS, errors=_ASKING
    ),
    "POST /conversations": Note(request={"title": "Vacation"}, errors=(404,)),
    "POST /folders": Note(
        request={"name": "Personnel", "instructions": "Answer for staff in Germany."},
        errors=(409,),
    ),
    "PATCH /folders/{folder_id}": Note(request={"name": "People"}, errors=(404, 409)),
    "POST /batches": Note(
        request={"questions": ["How many days of vacation?", "Who pays for travel?"]},
        response=_BATCH,
        errors=(404,),
    ),
    "POST /documents/{document_id}/summary": Note(
        request={"model": "gpt-5.1"},
        response=_BATCH | {"kind": "summary", "title": "handbook.pdf", "document": DOCUMENT},
        errors=(409,),
    ),
    "GET /batches": Note(response=[_BATCH | {"state": "done", "finished": MOMENT}]),
    "GET /batches/{batch_id}": Note(response=_BATCH_WITH_ITEMS),
    "POST /batches/{batch_id}/cancel": Note(response=_BATCH_WITH_ITEMS | {"state": "cancelled"}),
    "POST /batches/{batch_id}/resume": Note(response=_BATCH_WITH_ITEMS, errors=(409,)),
    "GET /batches/{batch_id}/result.csv": Note(
        content={"text/csv": {"schema": {"type": "string"}}}
    ),
    "POST /attachments": Note(response=_ATTACHMENT, errors=(413, 415)),
    "GET /attachments/{attachment_id}": Note(
        content={"image/*": {"schema": {"type": "string", "format": "binary"}}}
    ),
    "DELETE /attachments/{attachment_id}": Note(errors=(409,)),
    "POST /attachments/{attachment_id}/text": Note(response={"text": "INVOICE 4711"}),
    "POST /images/analyze": Note(
        response={"content": "An invoice.", "usage": _USAGE, "model": "gpt-5.1"},
        errors=(413, 415, 502),
    ),
    "GET /messages/{message_id}/speech": Note(
        content={"audio/mpeg": {"schema": {"type": "string", "format": "binary"}}}, errors=(502,)
    ),
    "GET /messages/{message_id}/prompt": Note(response=_PROMPT),
    "GET /me/facts": Note(response=_FACTS),
    "PATCH /me/facts": Note(request={"enabled": True}, response=_FACTS),
    "POST /me/facts": Note(request={"text": "Works as a nurse."}, response=_FACT, errors=(409,)),
    "DELETE /me/facts": Note(empty="Everything is forgotten."),
    "PATCH /me/facts/{fact_id}": Note(
        request={"text": "Works as a nurse."}, response=_FACT, errors=(409,)
    ),
    "POST /shares": Note(
        request={
            "conversation_id": CONVERSATION,
            "audience": "anyone",
            "with_sources": False,
            "days": 7,
        },
        response={
            "id": KEY,
            "conversation_id": CONVERSATION,
            "title": "Vacation",
            "audience": "anyone",
            "with_sources": False,
            "url": "https://chat.example.org/s/3kJx…/",
            "created": MOMENT,
            "expires": MOMENT,
        },
        errors=(404,),
    ),
    "POST /conversations/import": Note(response=_IMPORT, errors=(413,)),
    "GET /conversations/imports/{import_id}": Note(
        response=_IMPORT | {"state": "done", "imported": 214, "finished": MOMENT}
    ),
    "GET /conversations/{conversation_id}/export": Note(response=_EXPORT),
    "PATCH /conversations/{conversation_id}": Note(request={"title": "Vacation in 2027"}),
    "POST /conversations/{conversation_id}/messages": Note(
        request={"content": "And for part-time staff?", "collections": [COLLECTION]},
        errors=_CHANGING,
    ),
    "PATCH /messages/{message_id}": Note(
        request={"content": "How many days of vacation do trainees have?"}, errors=_CHANGING
    ),
    "POST /messages/{message_id}/regenerate": Note(request={"model": ""}, errors=_CHANGING),
    "POST /messages/{message_id}/feedback": Note(
        request={"rating": "down", "reason": "It cites the wrong page."}
    ),
    "GET /turns/{turn_id}/events": _EVENT_STREAM,
    "GET /tools": Note(response=[_TOOL]),
    "POST /calls/{call_id}": Note(
        request={"confirm": True, "token": "WyI3Iiwi…"},
        response={"assistant_message_id": None, "turn": None},
        errors=_CHANGING,
    ),
    "POST /ai-sdk/chat": Note(
        request={
            "id": "chat-1",
            "messages": [
                {"id": "m1", "role": "user", "parts": [{"type": "text", "text": "Hello"}]}
            ],
        },
        content=EVENTS,
        errors=_ASKING,
    ),
    "GET /ai-sdk/chat/{chat_id}/stream": Note(content=EVENTS, empty="No answer is being made."),
}

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
