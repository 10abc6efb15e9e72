"""Tools of servers of the Model Context Protocol, connected by an administrator.

What a server offers is read when an administrator says so, and kept. A tool is used once somebody
has seen all that its server says of it, and as long as the server says the same: that is looked at
before each call. Whatever is not said to read only waits for its user's word, and so does what
looks like orders to models; reading sends the model's words out of the house, as any outward tool
does. Redirects to other servers are not followed.
"""

import asyncio
import logging
import time
from dataclasses import dataclass, field
from functools import partial

from django.db import transaction
from django.utils import timezone
from pydantic import BaseModel, ConfigDict

from aiapp.db import in_db
from aiapp.errors import AppError
from chat.models import McpServer
from chat.tools.base import Caller, Kind, Outcome, Tool
from chat.tools.mcp import reviewing
from chat.tools.mcp.definitions import Definition, define, is_described
from chat.tools.mcp.schemas import Cleaning

CALL_SECONDS = 30.0
READ_SECONDS = 30.0
BELIEVED_SECONDS = 5.0
TRIES = 2

logger = logging.getLogger(__name__)


class Anything(BaseModel):
    """Arguments that the server itself validates, by the schema that the model was given."""

    model_config = ConfigDict(extra="allow")


class ToolChanged(AppError):
    code = "mcp_tool_changed"
    status = 409
    message = (
        "The server of this tool describes it in other words than those that were approved. It"
        " cannot be used until an administrator has looked at it."
    )


@dataclass
class ToolCache:
    tools: dict[str, Tool] = field(default_factory=dict)
    until: float = 0.0


_cache = ToolCache()


def tools() -> dict[str, Tool]:
    """The tools that were there at the last `refresh`."""
    return _cache.tools


def refresh() -> None:
    """Look in the database which servers there are, unless that was done a moment ago."""
    if time.monotonic() < _cache.until:
        return
    usable = [
        _build_tool(server, definition)
        for server in McpServer.objects.filter(enabled=True)
        for definition in reviewing.find_usable(server)
    ]
    _cache.tools = {tool.name: tool for tool in usable}
    _cache.until = time.monotonic() + BELIEVED_SECONDS


def forget() -> None:
    """Have the next `refresh` see what has just been changed."""
    _cache.tools, _cache.until = {}, 0.0


async def read(server: McpServer) -> None:
    """Ask a server for its tools, and keep them or the reason why there are none. Does not save."""
    # A second to load; only who uses such servers pays for it.
    from chat.tools.mcp import client  # noqa: PLC0415

    server.read_at, server.error = timezone.now(), ""
    try:
        async with asyncio.timeout(READ_SECONDS), client.talk(server) as talk:
            listing = await client.list_tools(talk)
    except Exception as error:  # noqa: BLE001 - whatever a stranger's server does, it is told
        server.error = f"It did not answer: {client.describe_fault(error)}."
        return
    server.instructions = Cleaning().text(listing.instructions)
    server.error = listing.left_out
    server.tools = await asyncio.to_thread(define, server.name, listing.tools)


def _build_tool(server: McpServer, definition: Definition) -> Tool:
    reads = definition["name"] in server.readers and not definition["marks"]
    return Tool(
        definition["called"],
        f"{server.name}: {definition['name']}"[:100],
        definition["description"],
        Anything,
        partial(_run, server, definition),
        kind=Kind.OUTWARD if reads else Kind.WRITE,
        seconds=CALL_SECONDS,
        schema=definition["schema"],
        server=server.name,
    )


async def _run(
    server: McpServer, definition: Definition, caller: Caller, arguments: Anything
) -> Outcome:
    """Call a tool, if its server still describes it as it was approved.

    Raises ServerFailed or ToolChanged.
    """
    from chat.tools.mcp import client  # noqa: PLC0415 - as above

    text: str | None = None
    for _ in range(TRIES):
        try:
            async with client.talk(server) as talk:
                listing = await client.list_tools(talk)
                if is_described(definition, server.name, listing.tools):
                    text = await client.call_tool(talk, definition["name"], arguments.model_dump())
        except Exception as error:  # noqa: BLE001 - whatever a stranger's server does, it is told
            if text is not None:
                # It has answered; that it cannot part does not undo what was done.
                break
            cause = client.find_first_cause(error)
            if client.has_ended(cause):
                continue
            reason = client.describe_fault(cause)
            logger.warning("mcp_server_failed", extra={"server": server.name, "reason": reason})
            raise client.ServerFailed from None
        if text is None:
            definitions = await asyncio.to_thread(define, server.name, listing.tools)
            await in_db(_note_change, server, definitions)
            raise ToolChanged
        break
    if text is None:
        raise client.ServerFailed
    return Outcome(text)


def _note_change(server: McpServer, definitions: list[Definition]) -> None:
    """Keep what a server says now, so that what is different goes out of use."""
    logger.warning("mcp_tool_changed", extra={"server": server.name})
    with transaction.atomic():
        row = McpServer.objects.select_for_update().filter(pk=server.pk).first()
        if row is None:
            return
        row.tools, row.read_at = definitions, timezone.now()
        row.error = "It describes its tools differently than before. Review what has changed."
        row.save(update_fields=["tools", "read_at", "error"])
    forget()
