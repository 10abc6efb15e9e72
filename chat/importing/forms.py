"""The forms of chats that are known, and which of them a conversation of a file is in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chat.importing import chatgpt, claude, deepseek, librechat, openwebui, ours
from chat.importing.told import NotAChat, Told, checked


@dataclass(frozen=True, slots=True)
class Form:
    """`fits` looks at a conversation, `told` reads it or raises NotAChat."""

    name: str
    fits: Callable[[dict[str, Any]], bool]
    told: Callable[[dict[str, Any]], Told]


# The first that fits is taken: DeepSeek's looks much like ChatGPT's.
FORMS = (
    Form("aiapp", ours.is_ours, ours.told),
    Form("Claude", claude.fits, claude.told),
    Form("DeepSeek", deepseek.fits, deepseek.told),
    Form("ChatGPT", chatgpt.is_chatgpts, chatgpt.told),
    Form("Open WebUI", openwebui.fits, openwebui.told),
    Form("LibreChat", librechat.fits, librechat.told),
)


def read_chat(data: Any) -> Told:
    """Return a conversation as its file tells it. Raises NotAChat."""
    if isinstance(data, dict):
        for form in FORMS:
            if form.fits(data):
                return checked(form.told(data))
    raise NotAChat("It is in no form that is known here.")
