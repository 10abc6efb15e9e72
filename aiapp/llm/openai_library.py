"""OpenAI's library, which takes most of a second to import. `openai` here has all its names.

The first use of a name imports it; what runs in an event loop says `await load()` before.
"""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from aiapp.concurrency.late import LateModule, importing

if TYPE_CHECKING:
    import openai as openai  # noqa: PLC0414 - for others to import from here
else:
    openai = LateModule("openai")

# The library and its HTTP client import these when they are first used, in the midst of a request.
PARTS = (
    "openai.resources.chat.completions",
    "openai.resources.models",
    "httpcore2",
    "truststore",
    "anyio._backends._asyncio",
)
_state = {"loaded": False}


def load_now() -> None:
    with importing:
        for name in ("openai", *PARTS):
            import_module(name)
    _state["loaded"] = True


async def load() -> None:
    """Import the library beside the event loop, which would stand still meanwhile."""
    if not _state["loaded"]:
        await asyncio.to_thread(load_now)
