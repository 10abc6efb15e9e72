"""The web server: `python -m aiapp.server --host 127.0.0.1 --port 8000`.

uvicorn, since daphne buffers without bound for a reader that stalls and costs twice the CPU of
an event. The difference to uvicorn's own command is the end: the first signal makes readiness
fail, ends streams (their readers resume elsewhere) and hands running turns over at once. And
WEB_PROCESSES of it run under a parent of our own, see docs/adr/0024.
"""

import argparse
import signal
import sys
from collections.abc import Callable
from types import FrameType

import uvicorn
from django.conf import settings

from aiapp import checks, env
from aiapp.http.lifecycle import begin_shutdown
from aiapp.http.protocol import BoundedHead
from aiapp.serving.parent import Child, Parent
from aiapp.serving.quiet import QuietServer
from aiapp.serving.sockets import Listeners

GRACE_SECONDS = 10
# What the end of a process may take after its requests have had their time.
END_SECONDS = 5
WEBSOCKET_FRAME_BYTES = 64 * 1024


class Server(QuietServer):
    def __init__(self, config: uvicorn.Config, beat: Callable[[], None] | None = None) -> None:
        super().__init__(config)
        self._beat = beat

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._beat and sig == signal.SIGINT:
            # A terminal tells all processes of the server; the parent tells this one again.
            return
        begin_shutdown()
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        if self._beat:
            self._beat()
        return await super().on_tick(counter)


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
        hang_seconds=settings.WEB_HANG_SECONDS,
        grace_seconds=GRACE_SECONDS + END_SECONDS,
    )
    child = parent.run()
    if child is None:
        sys.exit(parent.exit_code)
    _serve(config, child)


def _serve(config: uvicorn.Config, child: Child) -> None:
    Server(config, child.beat).run([*child.sockets])


def _configure(options: argparse.Namespace) -> uvicorn.Config:
    # It takes seconds, which nobody has to wait for to be told of a mistake.
    from aiapp import asgi  # noqa: PLC0415

    if settings.WEB_PROCESSES > 1:
        # All processes have it then, also one that takes another's place.
        asgi.preload()
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
        timeout_graceful_shutdown=GRACE_SECONDS,
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
