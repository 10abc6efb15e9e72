"""The packaged model, which a server of `aiapp.embedded` answers with."""

from django.conf import settings
from django.utils.translation import gettext_noop

from aiapp.llm.base import ModelInfo

# It reads about 90 prompt tokens in a CPU-second and has 4,096 in a slot.
PACKAGED = ModelInfo(
    name=settings.LOCAL_CHAT_MODEL,
    context=4_000,
    passage_tokens=450,
    passage_count=3,
    answer_tokens=400,
    demo=True,
    title=gettext_noop("SmolLM2 135M (demonstration, makes things up)"),
)


def is_configured() -> bool:
    return bool(settings.LOCAL_CHAT)


def claims(model: str) -> bool:
    return True


def access() -> tuple[str, str]:
    """The base URL, a Unix socket's, and the key."""
    return settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY
