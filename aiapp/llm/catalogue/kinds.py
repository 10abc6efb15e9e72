"""Selection of the models in a server's list that can hold a conversation.

Servers list what they have: models of embeddings, of speech and of pictures beside those that
chat, and OpenAI's own list says nothing but their names. Names that the operator has configured
are never asked about here.
"""

import re
from collections.abc import Mapping
from typing import Any

# Under which a listing keeps it.
KIND = "kind"

# By parts of names, as vendors and their servers give them.
_OTHERS = re.compile(
    r"(?:^|[-_/.:])(?:"
    r"embed[a-z]*|[a-z]+embed|bge|e5|gte|minilm|mxbai|sentence|colbert|splade|clip|siglip"
    r"|rerank(?:er)?|whisper|transcribe|parakeet|canary|tts|speech|kokoro|voxtral-tts|orpheus"
    r"|dall|dalle|imagen?|sdxl|stable-diffusion|flux|sora|veo|video|moderation|guard|realtime"
    r"|babbage|davinci|lyria|ocr|cogview|cogvideo[a-z]*|cosyvoice\d?|sensevoice"
    r"|paraformer|wanx?\d|hailuo|kolors|[a-z]*embedqa|[a-z]*rerankqa"
    r")(?:$|[-_/.:\d])",
    re.IGNORECASE,
)
# What servers say of a model beside its name: LM Studio, Together, vLLM, Mistral and others.
_KIND_FIELDS = ("type", "task", "mode", "object_type")
_CHATTING = {"", "chat", "llm", "vlm", "language", "text", "generate", "text-generation", "model"}


def detect_kind(row: Mapping[str, Any]) -> str:
    """Return what a server says that a model of its list is for, "" if it does not say."""
    capabilities = row.get("capabilities")
    if isinstance(capabilities, Mapping) and isinstance(
        chats := capabilities.get("completion_chat"), bool
    ):
        # Mistral's, whose `type` says what a model was made from.
        return "chat" if chats else "other"
    if row.get("supports_chat") is False:
        # Fireworks'.
        return "other"
    ends = row.get("endpoints")
    if isinstance(ends, list) and ends and not _CHATTING.intersection(map(str, ends)):
        # Cohere's.
        return "other"
    kinds = (row.get(name) for name in _KIND_FIELDS)
    return next((each.strip().lower() for each in kinds if isinstance(each, str) and each), "")


def can_chat(name: str, kind: str = "") -> bool:
    """Tell whether a model is for conversations, by what its server or else its name says."""
    if kind and kind not in _CHATTING:
        return False
    return not _OTHERS.search(name)
