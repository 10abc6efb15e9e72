"""The server of the campaign's model, a process that is started again when it has died."""

import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import psutil

ROOT = Path(__file__).resolve().parents[2]
REVIVE_SECONDS = 0.5


@dataclass
class Upstream:
    port: int
    host: str = "127.0.0.1"
    process: "subprocess.Popen[bytes] | None" = None
    _ended: Event = field(default_factory=Event)

    def start(self) -> None:
        Thread(target=self._keep, daemon=True).start()

    def end(self) -> None:
        self._ended.set()
        if self.process is not None:
            self.process.kill()

    def find(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            return [psutil.Process(self.process.pid)] if self.process is not None else []
        return []

    def _keep(self) -> None:
        program = str(ROOT / "bench/streams/upstream.py")
        command = [sys.executable, program, "--host", self.host, "--port", str(self.port)]
        while not self._ended.is_set():
            self.process = subprocess.Popen(command)
            self.process.wait()
            self._ended.wait(REVIVE_SECONDS)
