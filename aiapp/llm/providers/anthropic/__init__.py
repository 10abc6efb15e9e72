"""Claude, at Anthropic or at a gateway that speaks its Messages API."""

from django.conf import settings


def is_configured() -> bool:
    return bool(settings.ANTHROPIC_API_KEY or settings.ANTHROPIC_BASE_URL)


def claims(model: str) -> bool:
    # `anthropic/claude-…` is how gateways with OpenAI's protocol call it.
    return model.startswith("claude")


def access() -> tuple[str, str]:
    """The base URL and the key."""
    return settings.ANTHROPIC_BASE_URL, settings.ANTHROPIC_API_KEY
