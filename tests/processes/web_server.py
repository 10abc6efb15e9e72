"""A stranger's web server for tests: pages to order, and a count of who came."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class WebServer:
    address: str
    port: int = 0
    hits: list[str] = field(default_factory=list)
    pages: dict[str, Handler] = field(default_factory=dict)

    def url(self, path: str = "/") -> str:
        return f"http://{self.address}:{self.port}{path}"

    def serve(self, path: str, body: bytes | str = b"", status: int = 200, **headers: str) -> str:
        """Have a page answer so; header names have `_` for `-`. Gives its URL."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}

        async def answer(request: web.Request) -> web.Response:
            data = body.encode() if isinstance(body, str) else body
            return web.Response(
                body=data, status=status, headers={"Content-Type": "text/html"} | sent
            )

        self.pages[path] = answer
        return self.url(path)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.hits.append(request.path)
        handler = self.pages.get(request.path)
        return await handler(request) if handler else web.Response(status=404)


@contextmanager
def running(address: str) -> Iterator[WebServer]:
    """A server on a port of the loopback address, in a thread of its own."""
    server = WebServer(address)
    loop = asyncio.new_event_loop()
    started = threading.Event()

    async def start() -> web.AppRunner:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", server._answer)
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        site = web.TCPSite(runner, address, 0)
        await site.start()
        server.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        return runner

    def serve() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(start())
        started.set()
        loop.run_forever()
        # An answer that somebody stopped waiting for may have long to go.
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    started.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
