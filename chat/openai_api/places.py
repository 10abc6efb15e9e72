"""Refusals of what a request may not bring along to a model's server: places, and tools of its own.

A server that fetches an address does so from inside of our network, and one that opens a path
reads its own disk. Which field of a part it looks at differs (`image_url`, `file_data`, `fileUri`,
`video`, `path`), so whatever is no text is looked at.
"""

import re
from typing import Any

# A place by the end of its field's name, or by the whole of it, whatever is in it.
_PLACES = ("url", "uri")
_FILES = {"image", "video", "audio", "path", "file_path", "image_path", "audio_path", "video_path"}
# The words of people and models, in which an address is a word.
_WORDS = {"text", "content", "refusal", "transcript", "title", "name", "filename", "context"}
# Without a scheme it may be base64, in which many recordings begin with two slashes.
_ADDRESS = re.compile(r"\s*(?:[a-z][a-z0-9+.-]{0,30}://|(?:file|gs|s3|blob|ftp):)", re.IGNORECASE)
_INSIDE = "data:"
# OpenAI's two kinds that the caller answers.
_KINDS = {"function", "custom"}
_FLAT = ("name", "description", "parameters", "strict")


def names_a_place(value: Any, name: str = "") -> bool:
    """Tell whether a part of a message names a place that a server may fetch something from."""
    match value:
        case dict():
            return any(names_a_place(each, str(key).lower()) for key, each in value.items())
        case list():
            return any(names_a_place(each, name) for each in value)
        case str():
            return _is_place(value, name)
    return False


def _is_place(value: str, name: str) -> bool:
    if value.startswith(_INSIDE):
        return False
    if name.endswith(_PLACES) or name in _FILES:
        return True
    return name not in _WORDS and bool(_ADDRESS.match(value))


def read_tool(tool: Any) -> Any:
    """Return a tool as chat completions have it. Raises ValueError for what is not the caller's."""
    if not isinstance(tool, dict):
        return tool
    kind = tool.get("type") or ("function" if "function" in tool else "")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ValueError("only functions are passed on as tools; call others yourself")
    if kind == "function" and "function" not in tool:
        # As OpenAI's other protocol, of responses, has it.
        function = {key: tool[key] for key in _FLAT if tool.get(key) is not None}
        tool = {"function": function}
    described = tool.get(kind)
    name = described.get("name") if isinstance(described, dict) else None
    if not isinstance(name, str) or not name:
        raise ValueError("a tool has a name")
    return tool | {"type": kind}


def read_choice(choice: Any) -> Any:
    """Return a choice of a function as chat completions have it."""
    if not isinstance(choice, dict) or choice.get("type") != "function" or "function" in choice:
        return choice
    return {"type": "function", "function": {"name": choice.get("name")}}
