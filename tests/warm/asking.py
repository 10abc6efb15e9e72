"""A stand-in for `python` where a command of a site is run, see `starting.find_environment`.

    python -IS tests/warm/asking.py FOLDER manage.py COMMAND …

It has the command run by a process that is forked from one that has imported what commands import,
with the input and output, the environment and the folder that this one has, and ends as that does.
Each command starts this, so it imports little.
"""

import fcntl
import json
import os
import socket
import sys
import time

MODULE = "manage"


def ask(socket_path: str, files: tuple[int, ...] = (), **request: object) -> dict[str, int | None]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(socket_path)
        said = json.dumps(request).encode()
        if files:
            socket.send_fds(connection, [said[:1]], files)
            said = said[1:]
        connection.sendall(said)
        connection.shutdown(socket.SHUT_WR)
        return json.loads(b"".join(iter(lambda: connection.recv(65536), b"")))


def start(folder: str, command: list[str], files: tuple[int, ...]) -> tuple[str, int]:
    """Have a command begun; return who began it, and its number."""
    request = {
        "do": "start",
        "command": command,
        "environment": dict(os.environ),
        "folder": os.getcwd(),
    }
    number = 0
    while True:
        template = f"{folder}/{MODULE}-{number}"
        prepare(folder, template)
        if pid := ask(template, files, **request)["pid"]:
            return template, pid
        # It has read other settings for good.
        number += 1


def prepare(folder: str, template: str) -> None:
    """See to it that there is a process to fork from, whoever asks for it at the same moment."""
    with open(f"{folder}/{MODULE}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(template):
            said = {"module": MODULE, "environment": dict(os.environ), "output": f"{template}.log"}
            ask(f"{folder}/libraries", do="prepare", path=template, **said)


def main() -> None:
    folder, *command = sys.argv[1:]
    if command[0] == "-m":
        command = command[1:]
    else:
        command[0] = command[0].removesuffix(".py")
    ended, held = os.pipe()
    template, pid = start(folder, command, (0, 1, 2, held))
    os.close(held)
    # It says nothing there, and has ended when it no longer could.
    os.read(ended, 1)
    while (code := ask(template, do="poll", pid=pid)["code"]) is None:
        time.sleep(0.005)
    # As a shell tells of a signal.
    sys.exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
