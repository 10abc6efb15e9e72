"""The consequences of what the guards see.

By default nothing is refused: a flag is noted for the administration, and what the model may do
then needs its user's word (`chat.tools`). `GUARD_POLICY=strict` is the owner's first list: at most
4,000 characters, and no question with one of its phrases. docs/security.md tells what that costs.
"""

from urllib.parse import urlsplit

from django.conf import settings

from aiapp.errors import InvalidInput
from chat.guardrails.plain import plain

STRICT_CHARS = 4_000
STRICT_PHRASES = (
    "ignore previous instructions",
    "disregard all prior",
    "you are now",
    "act as",
    "pretend you are",
)
# What is shorter is no secret, and would be found in honest words.
MIN_SECRET_CHARS = 12


def check(content: str) -> None:
    """Raises InvalidInput for a question that the strict policy refuses."""
    if settings.GUARD_POLICY != "strict":
        return
    if len(content) > STRICT_CHARS:
        raise InvalidInput(
            f"The message has {len(content):,} characters; at most {STRICT_CHARS:,} are allowed.",
            code="message_too_long",
            limit=STRICT_CHARS,
        )
    text = plain(content)
    for phrase in STRICT_PHRASES:
        if phrase in text:
            raise InvalidInput(
                f"This site does not take questions that say “{phrase}”. Say it in other words.",
                code="unsafe_input",
            )


def list_secrets() -> list[str]:
    """The site's own secrets, none of which an answer may hold."""
    values = [
        settings.SECRET_KEY,
        settings.OPENAI_API_KEY,
        settings.ANTHROPIC_API_KEY,
        settings.EMBEDDING_API_KEY,
        settings.TRANSCRIPTION_API_KEY,
        settings.SPEECH_API_KEY,
        settings.MODERATION_API_KEY,
        settings.RERANK_API_KEY,
        settings.EMAIL_HOST_PASSWORD,
        settings.DATABASES["default"].get("PASSWORD"),
        urlsplit(settings.REDIS_URL).password,
    ]
    return list({value for value in values if value and len(value) >= MIN_SECRET_CHARS})
