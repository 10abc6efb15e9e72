"""Common ground of the two local model servers: their arguments, and a private Unix socket."""

import argparse
import logging.config
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from aiapp.observability import log


@dataclass(frozen=True)
class Options:
    socket: Path
    models: Path
    key: str


def read_options(description: str) -> Options:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--models", type=Path, required=True, help="where built models are kept")
    # A key on the command line would show in the list of processes.
    parser.add_argument("--key-file", type=Path, required=True)
    arguments = parser.parse_args()
    logging.config.dictConfig(log.config("INFO", messages=False))
    os.umask(0o077)
    arguments.socket.unlink(missing_ok=True)
    return Options(
        arguments.socket, arguments.models, arguments.key_file.read_text(encoding="ascii").strip()
    )


def listen(path: Path) -> socket.socket:
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(path))
    return server
