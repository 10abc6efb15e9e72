"""The forms of chats that are known, and which of them a conversation of a file is in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chat.importing import chatgpt, claude, deepseek, librechat, native, openwebui
from chat.importing.parsed_chat import NotAChat, ParsedChat, validate


@dataclass(frozen=True, slots=True)
class Form:
    """`fits` looks at a conversation, `read` reads it or raises NotAChat."""

    name: str
    fits: Callable[[dict[str, Any]], bool]
    read: Callable[[dict[str, Any]], ParsedChat]


# The first that fits is taken: DeepSeek's looks much like ChatGPT's.
FORMS = (
    Form("aiapp", native.fits, native.read_chat),
    Form("Claude", claude.fits, claude.read_chat),
    Form("DeepSeek", deepseek.fits, deepseek.read_chat),
    Form("ChatGPT", chatgpt.fits, chatgpt.read_chat),
    Form("Open WebUI", openwebui.fits, openwebui.read_chat),
    Form("LibreChat", librechat.fits, librechat.read_chat),
)


def read_chat(data: Any) -> ParsedChat:
    """Return a conversation as its file tells it. Raises NotAChat."""
    if isinstance(data, dict):
        for form in FORMS:
            if form.fits(data):
                return validate(form.read(data))
    raise NotAChat("It is in no form that is known here.")
