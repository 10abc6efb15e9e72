"""The forms of chats that are known, and which of them a conversation of a file is in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chat.importing import chatgpt, claude, deepseek, grok, librechat, lists, native, openwebui
from chat.importing.activities import copilot, gemini
from chat.importing.parsed_chat import NotAChat, ParsedChat, validate
from chat.importing.programs import lmstudio, pairs, sillytavern


@dataclass(frozen=True, slots=True)
class Format:
    """`fits` looks at a conversation, `read` reads it or raises NotAChat."""

    name: str
    fits: Callable[[dict[str, Any]], bool]
    read: Callable[[dict[str, Any]], ParsedChat]


# The first that fits is taken: DeepSeek's looks much like ChatGPT's.
FORMATS = (
    Format("aiapp", native.fits, native.read_chat),
    Format("Claude", claude.fits, claude.read_chat),
    Format("DeepSeek", deepseek.fits, deepseek.read_chat),
    Format("ChatGPT", chatgpt.fits, chatgpt.read_chat),
    Format("LM Studio", lmstudio.fits, lmstudio.read_chat),
    Format("SillyTavern", sillytavern.fits, sillytavern.read_chat),
    Format("Open WebUI", openwebui.fits, openwebui.read_chat),
    Format("Grok", grok.fits, grok.read_chat),
    Format("Le Chat", lists.are_messages, lists.read_messages),
    Format("Copilot", copilot.are_messages, copilot.read_messages),
    Format("Gemini", gemini.is_activity, gemini.read_activity),
    Format("Gemini in Workspace", gemini.are_turns, gemini.read_turns),
    Format("AI Studio", gemini.is_of_studio, gemini.read_chunks),
    Format("LibreChat", librechat.fits, librechat.read_chat),
    Format("questions and answers", pairs.fits, pairs.read_chat),
)


def read_chat(data: Any) -> ParsedChat:
    """Return a conversation as its file tells it. Raises NotAChat."""
    if isinstance(data, dict):
        for form in FORMATS:
            if form.fits(data):
                return validate(form.read(data))
    raise NotAChat("Its format is not known.")
