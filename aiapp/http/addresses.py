"""Addresses that other servers have and this one has not, and where their clients find it here.

A program that is set to the wrong protocol, or whose base URL lacks a part or has one twice, shows
its user the error's words at best, so these say what to change.
"""

import re

OPENAI = "/v1/"
# Where clients of OpenAI ask that were given another address than that of /v1: none, ours of /api,
# Azure's, or one that ends with a slash.
_OPENAIS = re.compile(
    r"/+((api|openai)/+)?(v\d/+)*(openai/+)?(deployments/+[^/]+/+)?"
    r"(chat/completions|completions|responses|embeddings|models|audio/[a-z]+|messages)/*"
)
_OLLAMAS = re.compile(r"/+api/+(tags|show|version|ps|generate|embed|embeddings|pull)/*")
_OTHERS = {
    "responses": "OpenAI's protocol of responses is not spoken here. Have the client use chat"
    " completions, which are at /v1/chat/completions.",
    "completions": "Only chats are completed here: have the client use a chat model, which is at"
    " /v1/chat/completions.",
    "messages": "Anthropic's protocol is not spoken here. Have the client use OpenAI's, whose chats"
    " are at /v1/chat/completions.",
}
_OLLAMA = (
    "Ollama's own protocol is not spoken here. Choose an OpenAI-compatible server in the client,"
    " and end its base URL in /v1: chats are at /v1/chat/completions."
)
_USUAL = (
    "OpenAI's protocol is spoken below /v1, which belongs into a client's base URL:"
    " /v1/chat/completions answers chats, /v1/embeddings embeds, /v1/audio/transcriptions"
    " transcribes, and /v1/models lists the models."
)
MAX_SHOWN_CHARS = 100


def is_misplaced(path: str) -> bool:
    """Tell whether a client of a model server asks at an address that is none of this site's."""
    return bool(_OPENAIS.fullmatch(path) or _OLLAMAS.fullmatch(path))


def explain(path: str) -> str:
    """Return what to tell whoever asked at an address below /v1, or at a misplaced one."""
    if _OLLAMAS.fullmatch(path):
        advice = _OLLAMA
    else:
        parts = [part for part in path.split("/") if part]
        is_chat = parts[-2:] == ["chat", "completions"]
        advice = _USUAL if is_chat or not parts else _OTHERS.get(parts[-1], _USUAL)
    return f"There is no {path[:MAX_SHOWN_CHARS]} here. {advice}"
