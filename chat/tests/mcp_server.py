"""A server of the Model Context Protocol over real HTTP, as good or as strange as a test wants."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from django.test import Client

from chat.models import McpServer
from tests.processes import web_server

LOOK_UP = {
    "name": "look_up",
    "description": "Looks a page of the wiki up.",
    "inputSchema": {"type": "object", "properties": {"page": {"type": "string"}}},
}
DELETE = LOOK_UP | {"name": "delete page", "description": "Deletes a page."}

Speak = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]


class Wiki:
    """A server, with what it was called with. `answer` is the result of a call.

    `pages` are those of its list of tools, each with the cursor that leads to the next; without
    any, `tools` are all. `replies` answer a method in another way than the protocol's.
    """

    def __init__(self, server: web_server.WebServer) -> None:
        self.url = server.url("/mcp")
        self.called: list[dict[str, Any]] = []
        self.methods: list[str] = []
        self.tokens: set[str] = set()
        self.tools: list[Any] = [LOOK_UP, DELETE]
        self.pages: dict[str | None, dict[str, Any]] = {}
        self.instructions = ""
        self.replies: dict[str, Speak] = {}
        self.answer: Any = {"content": [{"type": "text", "text": "The wiki says: tea."}]}
        server.pages["/mcp"] = self.speak

    async def speak(self, request: web.Request) -> web.StreamResponse:
        if request.method != "POST":
            return web.Response(status=405)
        self.tokens.add(request.headers.get("Authorization", ""))
        asked = await request.json()
        self.methods.append(asked["method"])
        if reply := self.replies.get(asked["method"]):
            return await reply(request, asked)
        if "id" not in asked:
            return web.Response(status=202)
        if self.answer == "gone":
            return web.Response(status=500)
        return as_json(result_of(asked, self._result(asked)))

    def _result(self, request: dict[str, Any]) -> Any:
        match request["method"]:
            case "initialize":
                return {
                    "protocolVersion": request["params"]["protocolVersion"],
                    "capabilities": {"tools": {}},
                    "serverInfo": {"name": "wiki", "version": "1"},
                    "instructions": self.instructions,
                }
            case "tools/list":
                cursor = request.get("params", {}).get("cursor")
                return self.pages.get(cursor, {"tools": self.tools})
            case "tools/call":
                self.called.append(request["params"])
                return self.answer
        return {}


def result_of(asked: dict[str, Any], result: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result})


def as_json(text: str | bytes, **headers: str) -> web.Response:
    body = text.encode() if isinstance(text, str) else text
    return web.Response(body=body, content_type="application/json", headers=headers)


async def as_events(request: web.Request, *events: str) -> web.StreamResponse:
    """A stream of server-sent events that ends after the last."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for event in events:
        await response.write(f"event: message\ndata: {event}\n\n".encode())
    return response


def connect(admin: Client, wiki: Wiki, reading: str = "look_up", **more: str) -> McpServer:
    """Connect a server and put all that it offers in use, as somebody does who has read it."""
    form = {"name": "wiki", "url": wiki.url, "secret": "", "enabled": "on", "reading": reading}
    form |= more
    answer = admin.post("/admin/chat/mcpserver/add/", form)
    assert answer.status_code == 302, answer.content
    server = McpServer.objects.get(name=form["name"])
    if server.tools:
        approve(admin, server, form)
    return server


def page_of(admin: Client, server: McpServer) -> str:
    return admin.get(f"/admin/chat/mcpserver/{server.pk}/change/").content.decode()


def approve(admin: Client, server: McpServer, form: dict[str, str]) -> None:
    pins = re.findall(r'name="approve" value="(\w+)"', page_of(admin, server))
    path = f"/admin/chat/mcpserver/{server.pk}/change/"
    answer = admin.post(path, form | {"approve": pins})
    assert answer.status_code == 302, answer.content
    server.refresh_from_db()


def read_anew(admin: Client, server: McpServer) -> str:
    """The page after the administrator's action."""
    form = {"action": "read_tools", "_selected_action": [server.pk]}
    page = admin.post("/admin/chat/mcpserver/", form, follow=True)
    server.refresh_from_db()
    return page.content.decode()
