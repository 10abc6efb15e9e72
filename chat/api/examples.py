"""Examples of the bodies of the chat API that several operations show, or that are long."""

from typing import Any

from aiapp.api.notes import ID, MOMENT
from documents.api.examples import DOCUMENT_ID

CONVERSATION_ID = "0193b1d2-7c41-7cc3-9a53-0d3c8f6f2a10"
_QUESTION_ID = "0193b1d2-8a02-7d11-8b6e-6f0e1d2c3b4a"
_QUOTE = "Every employee has 30 days of vacation a year."

USAGE = {"prompt_tokens": 512, "completion_tokens": 14, "total_tokens": 526}
CHAT_REQUEST: dict[str, Any] = {
    "messages": [{"role": "user", "content": "How many days of vacation do I have?"}]
}
CHAT_RESPONSE = {
    "content": "You have 30 days of vacation a year [1].",
    "usage": USAGE,
    "model": "gpt-4.1-mini",
    "finish_reason": "stop",
    "citations": [
        {
            "n": 1,
            "document": DOCUMENT_ID,
            "version": "0193b1d1-1f21-7c5d-9e8f-a0b1c2d3e4f5",
            "title": "handbook.pdf",
            "page": 12,
            "start": 3120,
            "end": 3188,
            "quote": _QUOTE,
            "columns": "",
            "similarity": 0.82,
            "supported": True,
            "support": "supported",
        }
    ],
    "grounded": True,
    "conversation_id": None,
    "cached": False,
}
BATCH = {
    "id": ID,
    "kind": "questions",
    "title": "How many days of vacation?",
    "model": "gpt-5.1",
    "document": None,
    "state": "queued",
    "error": "",
    "created": MOMENT,
    "finished": None,
}
BATCH_WITH_ITEMS = BATCH | {
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
                    "document": DOCUMENT_ID,
                    "title": "handbook.pdf",
                    "page": 12,
                    "quote": _QUOTE,
                    "columns": "",
                }
            ],
            "grounded": True,
            "error": "",
        }
    ],
}
ATTACHMENT = {
    "id": ID,
    "filename": "invoice.jpg",
    "media_type": "image/jpeg",
    "width": 1568,
    "height": 1176,
    "text": None,
}
FACT = {"id": ID, "text": "Works as a nurse.", "conversation": CONVERSATION_ID, "created": MOMENT}
FACTS = {"enabled": True, "facts": [FACT]}
_PART = {"text": "", "messages": 0, "passages": [], "names": []}
PROMPT = {
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
            "passages": [{"document": DOCUMENT_ID, "title": "handbook.pdf", "page": 12}],
        },
    ],
}
LINK = {
    "id": ID,
    "conversation_id": CONVERSATION_ID,
    "title": "Vacation",
    "audience": "anyone",
    "with_sources": False,
    "url": "https://chat.example.org/s/3kJx…/",
    "created": MOMENT,
    "expires": MOMENT,
}
IMPORT: dict[str, Any] = {
    "id": "0193b1d2-8a04-7b9e-b1c2-3d4e5f607182",
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
EXPORT = {
    "format": "aiapp-chat",
    "version": 1,
    "id": CONVERSATION_ID,
    "title": "Vacation",
    "created": MOMENT,
    "updated": MOMENT,
    "leaf": _QUESTION_ID,
    "messages": [
        {
            "id": _QUESTION_ID,
            "parent": None,
            "role": "user",
            "content": "How many days of vacation do I have?",
            "created": MOMENT,
            "model": None,
            "citations": [],
        }
    ],
}
TOOL = {
    "name": "calculator",
    "title": "Calculator",
    "description": "Calculate exactly.",
    "kind": "read",
}
