"""The tools that there are, and those that a turn may use."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from aiapp.concurrency.late import LateModule, importing
from aiapp.db import in_db
from aiapp.errors import InvalidInput
from aiapp.llm import registry as models
from chat.models import Turn
from chat.tools import (
    calculator,
    clock,
    find_passages,
    mcp_servers,
    own_chats,
    save_prompt,
    tables,
    weather,
    web_page,
)
from chat.tools.base import Kind, Tool
from chat.tools.web import search as web_search

MAX_TOOLS = 50
# Only turns with tools need it.
_functions = LateModule("langchain_core.utils.function_calling")

_ALL = (
    Tool(
        "search_documents",
        _("Search documents"),
        "Search the user's documents for what the passages at hand, if any, do not hold: whenever "
        "the question may be about them, and again in other words if nothing fits. Passages come "
        "with numbers to cite.",
        find_passages.Arguments,
        find_passages.run,
        finds_passages=True,
    ),
    Tool(
        "list_tables",
        _("List tables"),
        "The tables in the user's documents - spreadsheets, CSV files, tables of texts and PDF "
        "files - with their columns, types, rows and examples. Call it before query_table.",
        tables.ListArguments,
        tables.list_tables,
        finds_passages=True,
        of_tables=True,
    ),
    Tool(
        "query_table",
        _("Query tables"),
        "Run one SELECT in DuckDB's SQL over tables of list_tables. Use it for every sum, count, "
        "average, maximum, list or comparison over a table: passages hold only some of its rows. "
        "The result comes with a number to cite.",
        tables.QueryArguments,
        tables.query_table,
        seconds=60,
        finds_passages=True,
        of_tables=True,
    ),
    Tool(
        "calculator",
        _("Calculator"),
        "Calculate exactly. Use it for any arithmetic beyond a single small step.",
        calculator.Arguments,
        calculator.run,
        seconds=5,
    ),
    Tool(
        "current_time",
        _("Current time"),
        "The date, weekday and time now, in a time zone.",
        clock.Arguments,
        clock.run,
        seconds=5,
    ),
    Tool(
        "search_chats",
        _("Search own chats"),
        "Find earlier conversations of this user by their words.",
        own_chats.Arguments,
        own_chats.run,
    ),
    Tool(
        "weather",
        _("Weather"),
        "The current weather of a place.",
        weather.Arguments,
        weather.run,
        kind=Kind.OUTWARD,
        is_there=weather.is_there,
    ),
    Tool(
        "fetch_page",
        _("Read a web page"),
        "The text of a public web page.",
        web_page.Arguments,
        web_page.run,
        kind=Kind.OUTWARD,
        seconds=30,
        is_there=web_page.is_there,
    ),
    Tool(
        "search_web",
        _("Search the web"),
        "Search the web by a search engine and read the pages that it finds: for what is recent, "
        "public, and in none of the user's documents. Passages come with numbers to cite.",
        web_search.Arguments,
        web_search.run,
        kind=Kind.OUTWARD,
        seconds=40,
        is_there=web_search.is_there,
        asks=web_search.asks,
        is_repeated=True,
    ),
    Tool(
        "save_prompt",
        _("Save a prompt"),
        "Keep a text in the user's prompt library, when the user asks for that.",
        save_prompt.Arguments,
        save_prompt.run,
        kind=Kind.WRITE,
    ),
)


# Also of those that are not there on this site: nobody else's tool passes for one of ours.
RESERVED = frozenset(tool.name for tool in _ALL)


def find_available() -> dict[str, Tool]:
    """The tools of this site by their names, and those of servers that were connected."""
    others = {n: tool for n, tool in mcp_servers.tools().items() if n not in RESERVED}
    return others | {tool.name: tool for tool in _ALL if tool.is_there()}


def check_names(names: Sequence[str] | None) -> list[str] | None:
    """The names of tools that a question brings. Raises InvalidInput for others."""
    if names is None:
        return None
    unknown = [name for name in names if name not in find_available()]
    if unknown:
        raise InvalidInput(f"There is no tool {unknown[0][:80]!r}.", code="unknown_tool")
    return list(dict.fromkeys(names))


async def select_tools(
    turn: Turn, has_tables: Callable[[], Awaitable[bool]], *, searches: bool = True
) -> dict[str, Tool]:
    """Return the tools that a turn's model may call: the chosen ones, else all that only read.

    None of those finds passages where nothing is to be searched, or asks tables where `has_tables`
    knows of none. A program that sends its own
    messages and tools in OpenAI's form gets none of ours.
    """
    if turn.request is not None or not models.info(turn.model).tools:
        return {}
    if turn.tools:
        await in_db(mcp_servers.refresh)
    there = {
        name: tool for name, tool in find_available().items() if searches or not tool.finds_passages
    }
    if turn.tools is None:
        chosen = {name: tool for name, tool in there.items() if tool.kind is Kind.READ}
    else:
        chosen = {name: there[name] for name in turn.tools if name in there}
    if any(tool.of_tables for tool in chosen.values()) and not await has_tables():
        return {name: tool for name, tool in chosen.items() if not tool.of_tables}
    return chosen


@cache
def preload() -> None:
    """Import what `build_schemas` needs: half a second, in which a loop would do nothing else.

    LangChain imports most of it when it is first used.
    """
    with importing:
        build_schemas(_ALL[:1])


async def prepare() -> None:
    """Preload on a thread, unless that was done before."""
    if not preload.cache_info().currsize:
        await asyncio.to_thread(preload)


def build_schemas(tools: Iterable[Tool]) -> list[dict[str, Any]]:
    """The tools in OpenAI's form, which all vendors' clients take."""
    found = []
    for tool in tools:
        parameters = tool.schema or _read_parameters(tool)
        function = {
            "name": tool.name,
            "description": tool.description,
            "parameters": parameters,
        }
        found.append({"type": "function", "function": function})
    return found


def _read_parameters(tool: Tool) -> dict[str, Any]:
    described: dict[str, Any] = _functions.convert_to_openai_tool(tool.arguments)["function"]
    parameters: dict[str, Any] = described["parameters"]
    return parameters
