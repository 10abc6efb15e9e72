"""The tools of a server that are in use: those that an administrator has seen as they are now.

An approval is of a description, by its pin. A server that words a tool otherwise loses the tool
until somebody has looked at what is different.
"""

import difflib
from collections.abc import Collection
from typing import Any

import orjson

from chat.models import McpServer
from chat.tools.mcp.definitions import Definition


def find_usable(server: McpServer) -> list[Definition]:
    """Return the tools that are approved as the server describes them now."""
    return [each for each in server.tools if is_usable(server, each)]


def is_usable(server: McpServer, tool: Definition) -> bool:
    approved = server.approved.get(tool["name"])
    # What a release before this one has read has no pin.
    return bool(
        approved and tool.get("pin") and not tool["refused"] and approved["pin"] == tool["pin"]
    )


def find_waiting(server: McpServer) -> list[Definition]:
    """Return the tools that somebody has to look at before they are used."""
    return [
        each
        for each in server.tools
        if each.get("pin") and not each["refused"] and not is_usable(server, each)
    ]


def approve(server: McpServer, pins: Collection[str]) -> None:
    """Put in use the tools that were seen with these pins, and no others. Does not save."""
    server.approved = {
        tool["name"]: tool for tool in server.tools if tool.get("pin") in pins and tool["pin"]
    }


def tell_difference(server: McpServer, tool: Definition) -> str:
    """Return what is different since the tool was approved, line by line; empty if nothing is."""
    before = server.approved.get(tool["name"])
    if before is None or before["pin"] == tool["pin"]:
        return ""
    lines = difflib.unified_diff(
        _split_lines(before), _split_lines(tool), "approved", "now", lineterm="", n=2
    )
    # It may be in what is not kept, such as the part of a description that was cut off.
    return "\n".join(lines) or "The description differs in a part that models are not given."


def _split_lines(tool: Definition) -> list[str]:
    return show(tool).splitlines()


def show(tool: Definition) -> str:
    """Return all that is kept of a description, to be read by people."""
    description: dict[str, Any] = {
        "title": tool["title"],
        "description": tool["description"],
        "arguments": tool["schema"],
        "annotations": tool["annotations"],
    }
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
    return orjson.dumps(description, option=options).decode()
