"""Calls of tools as pages show them, while an answer is made and afterwards."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from django.utils.functional import Promise

from accounts.models import User
from aiapp.http.json_bodies import is_too_deep
from aiapp.llm import registry as models
from chat.log.events import Kind
from chat.models import Call
from chat.tools import confirming, mcp_servers, registry
from chat.tools.base import Kind as Does

_MARK = re.compile(r"\[\d{1,4}\]")


@dataclass(slots=True)
class CallView:
    """A call. `token` confirms it, if it waits and is shown to whom it concerns."""

    name: str
    arguments: str
    state: str = ""
    result: str = ""
    seconds: float = 0.0
    id: UUID | str = ""
    token: str = ""

    @property
    def title(self) -> str | Promise:
        tool = registry.find_available().get(self.name)
        return tool.title if tool else self.name

    @property
    def query(self) -> str:
        """The words that a search looked for; empty for other tools."""
        tool = registry.find_available().get(self.name)
        is_search = tool is not None and tool.finds_passages
        return dict(self.named_arguments).get("query", "") if is_search else ""

    @property
    def passage_count(self) -> int:
        """The number of passages that a search found."""
        return len(_MARK.findall(self.result))

    @property
    def named_arguments(self) -> list[tuple[str, str]]:
        """The arguments by their names; as they were written where that is no object."""
        try:
            data = orjson.loads(self.arguments)
        except orjson.JSONDecodeError:
            return [("", self.arguments)]
        if not isinstance(data, dict) or is_too_deep(data):
            return [("", self.arguments)]
        try:
            return [(name, _format_value(value)) for name, value in data.items()]
        except orjson.JSONEncodeError:
            # Nested more deeply than can be written again.
            return [("", self.arguments)]


def _format_value(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def view_call(call: Call, owner: User) -> CallView:
    """One that is saved with its answer."""
    waits = call.state == Call.State.WAITING
    return CallView(
        call.name,
        call.arguments,
        state=call.state,
        result=call.result,
        seconds=call.seconds,
        id=call.id,
        token=confirming.sign_call(owner, call) if waits else "",
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of the menu of tools. One that `asks` may need the user's word."""

    name: str
    title: str | Promise
    on: bool
    asks: bool


def menu(names: Sequence[str], selected: Sequence[str] | None) -> list[Choice]:
    """The tools to choose from, if one of the models can call any; None has those that read."""
    if not any(models.info(name).tools for name in names):
        return []
    mcp_servers.refresh()
    return [
        Choice(
            tool.name,
            tool.title,
            on=tool.kind is Does.READ if selected is None else tool.name in selected,
            asks=tool.kind is not Does.READ,
        )
        for tool in registry.find_available().values()
    ]


@dataclass(slots=True)
class RunningCalls:
    """The calls of an answer that is being made, by the events that tell of them."""

    calls: dict[str, CallView] = field(default_factory=dict)
    changed: bool = False

    @property
    def context(self) -> dict[str, list[CallView]]:
        return {"calls": list(self.calls.values())}

    def hear(self, kind: str, data: Mapping[str, Any]) -> None:
        self.changed = True
        match kind:
            case Kind.TOOL_CALL:
                self.calls[data["id"]] = CallView(data["name"], data["arguments"])
            case Kind.TOOL_RESULT if call := self.calls.get(data["id"]):
                call.state = "failed" if data.get("failed") else "done"
                call.result, call.seconds = data["content"], data.get("seconds", 0.0)
            case Kind.CONFIRM if call := self.calls.get(data["id"]):
                # It can be decided once the turn has ended, which is at once.
                call.state = "waiting"
