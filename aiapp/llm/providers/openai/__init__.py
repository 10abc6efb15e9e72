"""OpenAI, and whoever speaks its protocol: vLLM, Ollama, llama.cpp, gateways and many more."""

from django.conf import settings


def is_configured() -> bool:
    return bool(settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL) and not settings.LOCAL_CHAT


def claims(model: str) -> bool:
    return True


def access() -> tuple[str, str]:
    """The base URL and the key."""
    return settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY
