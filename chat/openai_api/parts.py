"""The parts of a message, in the forms that other protocols and gateways have for them."""

from typing import Any

# Parts as OpenAI's other protocol, of responses, has them.
_TEXTS = frozenset({"input_text", "output_text"})
# The address itself stands in parts of that protocol, and in those that LiteLLM takes.
_PICTURES = frozenset({"input_image", "image_url"})


def convert_part(part: Any) -> Any:
    """Return a part of a message as chat completions have it."""
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if not isinstance(part, dict):
        return part
    kind = part.get("type")
    if kind is None and isinstance(part.get("text"), str):
        return part | {"type": "text"}
    if not isinstance(kind, str | None):
        raise ValueError("the type of a part is a text")
    if kind in {*_TEXTS, "text"} and not isinstance(part.get("text"), str | None):
        raise ValueError("the text of a part is a text")
    if kind in _TEXTS:
        return part | {"type": "text"}
    if kind in _PICTURES and isinstance(part.get("image_url"), str):
        return {"type": "image_url", "image_url": {"url": part["image_url"]}}
    return part
