"""The web server: `python -m aiapp.server --host 127.0.0.1 --port 8000`.

uvicorn, since daphne buffers without bound for a reader that stalls and costs twice the CPU of
an event. The difference to uvicorn's own command is the end: the first signal makes readiness
fail, ends streams (their readers resume elsewhere) and hands running turns over at once.
"""

import argparse
from types import FrameType

import uvicorn
from django.conf import settings

from aiapp import checks, env
from aiapp.http.lifecycle import begin_shutdown
from aiapp.http.protocol import BoundedHead

GRACE_SECONDS = 10
WEBSOCKET_FRAME_BYTES = 64 * 1024


class Server(uvicorn.Server):
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        begin_shutdown()
        super().handle_exit(sig, frame)


def main() -> None:
    options = _options()
    env.set_web_defaults()
    _refuse_unsafe_settings(options)
    # It takes seconds, which nobody has to wait for to be told of a mistake.
    from aiapp.asgi import application  # noqa: PLC0415

    config = uvicorn.Config(
        application,
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
    Server(config).run()


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
