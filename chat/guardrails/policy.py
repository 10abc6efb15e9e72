"""The consequences of what the guards see.

By default nothing is refused: a flag is noted for the administration, and what the model may do
then needs its user's word (`chat.tools`). `GUARD_POLICY=strict` is the owner's first list: at most
4,000 characters, and no question with one of its phrases. docs/security.md tells what that costs.
"""

from functools import cache
from urllib.parse import urlsplit

from django.conf import settings

from aiapp.errors import InvalidInput
from aiapp.llm import endpoints
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
SECRET_NAMES = ("_KEY", "_PASSWORD", "_TOKEN")


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
    """The site's own secrets, none of which an answer may hold.

    Settings are known by their names, so that the key of a new vendor is among them.
    """
    values = [
        *(getattr(settings, name) for name in _name_secrets()),
        settings.DATABASES["default"].get("PASSWORD"),
        urlsplit(settings.REDIS_URL).password,
        *endpoints.list_keys(),
    ]
    return list(
        {value for value in values if isinstance(value, str) and len(value) >= MIN_SECRET_CHARS}
    )


@cache
def _name_secrets() -> list[str]:
    return [name for name in dir(settings) if name.endswith(SECRET_NAMES)]
