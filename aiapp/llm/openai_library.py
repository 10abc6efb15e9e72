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

_state = {"loaded": False}


def load_now() -> None:
    with importing:
        import_module("openai")
    _state["loaded"] = True


async def load() -> None:
    """Import the library beside the event loop, which would stand still meanwhile."""
    if not _state["loaded"]:
        await asyncio.to_thread(load_now)
