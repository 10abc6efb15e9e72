"""Tools of servers of the Model Context Protocol, connected by an administrator.

What a server offers is read when an administrator says so and kept; a server that words its tools
anew, perhaps to steer a model, is not believed before somebody has looked. Whatever is not said to
read only waits for its user's word, and reading sends the model's words out of the house, as any
outward tool does. Redirects are not followed.
"""

import os
import re
import time
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone
from pydantic import BaseModel, ConfigDict

from aiapp.errors import AppError
from chat.models import McpServer
from chat.prompts.plain_text import INVISIBLE
from chat.tools.base import Caller, Kind, Outcome, Tool

CALL_SECONDS = 30.0
CONNECT_SECONDS = 10.0
BELIEVED_SECONDS = 5.0
MOST_TOOLS = 64
DESCRIPTION_CHARS = 1_000
NAME_CHARS = 64
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")


class Anything(BaseModel):
    """Arguments that the server itself validates, by the schema that the model was given."""

    model_config = ConfigDict(extra="allow")


class ServerFailed(AppError):
    code = "mcp_server_failed"
    status = 502
    message = "The server of this tool did not answer as it should."


@dataclass
class Known:
    tools: dict[str, Tool] = field(default_factory=dict)
    until: float = 0.0


_known = Known()


def tools() -> dict[str, Tool]:
    """Those that were there when `look` looked last."""
    return _known.tools


def look() -> None:
    """Look in the database which servers there are, unless that was done a moment ago."""
    if time.monotonic() < _known.until:
        return
    found = [
        _tool(server, told)
        for server in McpServer.objects.filter(enabled=True)
        for told in server.tools
    ]
    _known.tools = {tool.name: tool for tool in found}
    _known.until = time.monotonic() + BELIEVED_SECONDS


def forget() -> None:
    """Have the next look see what has just been changed."""
    _known.tools, _known.until = {}, 0.0


async def read(server: McpServer) -> None:
    """Ask a server for its tools, and keep them or the reason why there are none."""
    # A second to load; only who uses such servers pays for it.
    from langchain_mcp_adapters.sessions import create_session  # noqa: PLC0415

    server.read_at, server.error = timezone.now(), ""
    try:
        async with create_session(_connection(server)) as session:
            await session.initialize()
            listed = await session.list_tools()
    except Exception as error:  # noqa: BLE001 - whatever a stranger's server does, it is told
        server.tools, server.error = [], f"It did not answer: {_kind(error)}."
        return
    server.tools = [
        {
            "name": tool.name,
            "description": INVISIBLE.sub("", tool.description or "")[:DESCRIPTION_CHARS],
            "schema": tool.inputSchema,
        }
        for tool in listed.tools[:MOST_TOOLS]
    ]


def _tool(server: McpServer, told: dict[str, Any]) -> Tool:
    name = _NOT_IN_NAMES.sub("_", f"{server.name}_{told['name']}")[:NAME_CHARS]
    return Tool(
        name,
        f"{server.name}: {told['name']}"[:100],
        told["description"],
        Anything,
        partial(_run, server, told),
        kind=Kind.OUTWARD if told["name"] in server.readers else Kind.WRITE,
        seconds=CALL_SECONDS,
        schema=told["schema"],
    )


async def _run(server: McpServer, told: dict[str, Any], caller: Caller, asked: Anything) -> Outcome:
    from langchain_core.tools import ToolException  # noqa: PLC0415 - as above
    from langchain_mcp_adapters.tools import (  # noqa: PLC0415
        convert_mcp_tool_to_langchain_tool,
    )
    from mcp.types import Tool as Described  # noqa: PLC0415

    described = Described(
        name=told["name"], description=told["description"], inputSchema=told["schema"]
    )
    tool = convert_mcp_tool_to_langchain_tool(
        None, described, connection=_connection(server), handle_tool_errors=False
    )
    try:
        content = await tool.ainvoke(asked.model_dump())
    except ToolException as error:
        return Outcome(f"The tool reports an error: {error}")
    except OSError as error:
        raise ServerFailed from error
    return Outcome(_text(content))


def _text(content: Any) -> str:
    """The text of a result; of pictures and files, that there are some."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [content]
    return "\n".join(
        str(part.get("text", "")) if part.get("type") == "text" else f"({part.get('type')})"
        for part in parts
        if isinstance(part, dict)
    )


def _connection(server: McpServer) -> Any:
    token = os.environ.get(server.secret, "") if server.secret else ""
    return {
        "transport": "streamable_http",
        "url": server.url,
        "headers": {"Authorization": f"Bearer {token}"} if token else {},
        "timeout": timedelta(seconds=CONNECT_SECONDS),
        "sse_read_timeout": timedelta(seconds=CALL_SECONDS),
        "httpx_client_factory": _client,
    }


def _client(headers: Any = None, timeout: Any = None, auth: Any = None) -> Any:
    """An address that a server points to is not one that an administrator has named."""
    import httpx  # noqa: PLC0415 - the library of the protocol's, not ours

    return httpx.AsyncClient(headers=headers, timeout=timeout, auth=auth, follow_redirects=False)


def _kind(error: BaseException) -> str:
    """The kind of the first cause, whose words may quote what nobody should read."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return type(error).__name__
