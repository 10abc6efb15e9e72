"""The web server: `python -m aiapp.server --host 127.0.0.1 --port 8000`.

uvicorn, since daphne buffers without bound for a reader that stalls and costs twice the CPU of
an event. The difference to uvicorn's own command is the end, see docs/adr/0028: the first signal
makes readiness fail and closes the door, what is under way goes on for DRAIN_SECONDS, and turns
that have not ended by then are handed over. A second signal ends at once. And WEB_PROCESSES of it
run under a parent of our own, see docs/adr/0024.
"""

import argparse
import asyncio
import signal
import socket
import sys
import time
from types import FrameType

import uvicorn
from django.conf import settings

from aiapp import checks, env
from aiapp.http import lifecycle
from aiapp.http.protocol import BoundedHead
from aiapp.serving.parent import REPEAT_SECONDS, Parent
from aiapp.serving.place import Child
from aiapp.serving.quiet import QuietServer
from aiapp.serving.sockets import Listeners

# What the end may take after DRAIN_SECONDS: the handover, then closing connections, then the rest.
CLOSE_SECONDS = 5
END_SECONDS = 15
# A connection that was just accepted or used may be bringing its next request.
FRESH_SECONDS = 1.0
LOOK_SECONDS = 0.1
WEBSOCKET_FRAME_BYTES = 64 * 1024


class Server(QuietServer):
    """A server by itself, or one of several, which is a child of `Parent`."""

    def __init__(self, config: uvicorn.Config, child: Child | None = None) -> None:
        super().__init__(config)
        self._child = child
        self._told_at = 0.0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._child and (sig == signal.SIGINT or self._told_at):
            # A terminal, or a service manager, tells all processes of the server, and the parent
            # tells this one again. It is the parent who ends everything at once.
            return
        if self._told_at:
            if time.monotonic() - self._told_at > REPEAT_SECONDS:
                lifecycle.hurry()
                self.force_exit = True
            return
        self._told_at = time.monotonic()
        if self._child:
            self._child.tell_end()
        lifecycle.begin_shutdown()
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        if self._child:
            self._child.beat()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let what is under way go on, with the door closed, before uvicorn ends the rest."""
        # What waits at the door is let in first.
        await asyncio.sleep(LOOK_SECONDS)
        for server in self.servers:
            server.close()
        for each in sockets or []:
            each.close()
        await self._drain()
        lifecycle.leave()
        await super().shutdown(sockets)

    async def _drain(self) -> None:
        """Wait for requests and for what else has to be done at the end, both in their bounds."""
        begun = time.monotonic()
        while not (lifecycle.has_ended_work() and self.force_exit):
            is_open = self._close_idle()
            is_over = not is_open or time.monotonic() - begun >= settings.DRAIN_SECONDS
            if lifecycle.has_ended_work() and is_over:
                return
            await asyncio.sleep(LOOK_SECONDS)

    def _close_idle(self) -> bool:
        """Close connections that nobody uses, and return whether there are others.

        WebSockets stay until their readers are served elsewhere.
        """
        is_open = False
        for connection in list(self.server_state.connections):
            if not isinstance(connection, BoundedHead):
                if lifecycle.is_leaving():
                    connection.shutdown()
            elif connection.is_answering or connection.quiet_seconds > FRESH_SECONDS:
                is_open = is_open or connection.is_answering
                # One with a request is closed after its answer.
                connection.shutdown()
            else:
                is_open = True
        return is_open


def main() -> None:
    options = _options()
    env.set_web_defaults()
    _refuse_unsafe_settings(options)
    if settings.WEB_PROCESSES > 1:
        _run_several(options)
    else:
        Server(_configure(options)).run()


def _run_several(options: argparse.Namespace) -> None:
    listeners = Listeners(options.host, options.port, options.uds, options.fd)
    try:
        listeners.prepare()
    except OSError as error:
        sys.exit(f"Not starting: {error}")
    config = _configure(options)
    parent = Parent(
        settings.WEB_PROCESSES,
        listeners,
        silent_seconds=settings.WEB_SILENT_SECONDS,
        hang_seconds=settings.WEB_HANG_SECONDS,
        grace_seconds=settings.DRAIN_SECONDS + END_SECONDS,
    )
    child = parent.run()
    if child is None:
        sys.exit(parent.exit_code)
    _serve(config, child)


def _serve(config: uvicorn.Config, child: Child) -> None:
    Server(config, child).run([*child.sockets])


def _configure(options: argparse.Namespace) -> uvicorn.Config:
    # It takes seconds, which nobody has to wait for to be told of a mistake.
    from aiapp import asgi  # noqa: PLC0415

    if settings.WEB_PROCESSES > 1:
        # All processes have it then, also one that takes another's place.
        asgi.preload()
    else:
        asgi.load_addresses()
    return uvicorn.Config(
        asgi.application,
        host=options.host,
        port=options.port,
        uds=options.uds,
        fd=options.fd,
        loop="uvloop",
        http=BoundedHead,
        ws="websockets-sansio",
        ws_max_size=WEBSOCKET_FRAME_BYTES,
        access_log=False,
        log_config=None,
        # Addresses are read by `accounts.limits.rate_limit`, which knows how many proxies are ours.
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=settings.KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=CLOSE_SECONDS,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="aiapp.server", description="The web server of aiapp.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--uds", help="a Unix socket to listen on instead")
    parser.add_argument("--fd", type=int, help="an open socket to take over instead")
    return parser.parse_args()


def _refuse_unsafe_settings(options: argparse.Namespace) -> None:
    """Other machines may not reach a site whose settings are not safe for them."""
    socket_is_ours = options.uds is not None or options.fd is not None
    if checks.is_public() or not (socket_is_ours or checks.is_loopback(options.host)):
        checks.end_if_unsafe()


if __name__ == "__main__":
    main()
