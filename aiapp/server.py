"""The web server: `python -m aiapp.server --host 127.0.0.1 --port 8000`.

uvicorn, since daphne buffers without bound for a reader that stalls and costs twice the CPU of
an event. The difference to uvicorn's own command is the end: the first signal makes readiness
fail, ends streams (their readers resume elsewhere) and hands running turns over at once.
"""

import argparse
from types import FrameType

import uvicorn

from aiapp.asgi import application
from aiapp.lifecycle import begin_shutdown

GRACE_SECONDS = 10
WEBSOCKET_FRAME_BYTES = 64 * 1024


class Server(uvicorn.Server):
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        begin_shutdown()
        super().handle_exit(sig, frame)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    config = uvicorn.Config(
        application,
        host=options.host,
        port=options.port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=WEBSOCKET_FRAME_BYTES,
        access_log=False,
        log_config=None,
        # Addresses are read by `accounts.rate_limit`, which knows how many proxies are ours.
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    Server(config).run()


if __name__ == "__main__":
    main()
