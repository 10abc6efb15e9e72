"""Users of the site while something happens to it: probes, and readers of long answers."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.containers.client import Client, Refused

WORDS, GAP_MS = 300, 40
MODEL = f"count-{WORDS}-{GAP_MS}"
ANSWER = "".join(f"w{n} " for n in range(WORDS)).strip()
PAUSE_SECONDS = 0.25
ANSWER_SECONDS = 180
FAULTS = (OSError, Refused, ValueError, KeyError)


@dataclass
class Probes:
    """Requests one after the other, of three kinds: a page, an API call that reads, a search."""

    client: Client
    sent: int = 0
    failures: list[str] = field(default_factory=list)
    slowest: float = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        search = {"query": "harbour", "k": 1}
        kinds: list[Callable[[], Any]] = [
            lambda: self.client.fetch("/accounts/login/"),
            lambda: self.client.call("/api/me"),
            lambda: self.client.call("/api/documents/search", search),
        ]
        while not self._stop.wait(PAUSE_SECONDS):
            began = time.monotonic()
            try:
                kinds[self.sent % len(kinds)]()
            except FAULTS as error:
                self.failures.append(f"{self.sent % len(kinds)}: {error!r}")
            self.sent += 1
            self.slowest = max(self.slowest, time.monotonic() - began)

    def stop(self) -> None:
        self._stop.set()


@dataclass
class Reader:
    """Somebody who asks again and again for a long answer, and reads on where a stream breaks."""

    client: Client
    first_word: threading.Event = field(default_factory=threading.Event)
    answers: int = 0
    breaks: int = 0
    silence: float = 0
    faults: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self._stop.is_set():
            try:
                self._ask()
            except FAULTS as error:
                self.faults.append(repr(error))
            self.answers += 1

    def stop(self) -> None:
        """Let the answer that is being read be the last one."""
        self._stop.set()

    def _ask(self) -> None:
        chat = self.client.call("/api/conversations", {})["id"]
        # The answer to a question that was asked before would come from the cache.
        body = {"content": f"count {uuid4()}", "collections": [], "model": MODEL}
        turn = self.client.call(f"/api/conversations/{chat}/messages", body)["turn"]["id"]
        said = self._read(turn)
        kept = self.client.call(f"/api/conversations/{chat}/messages")
        answers = [m["content"].strip() for m in kept if m["role"] == "assistant"]
        if said.strip() != ANSWER or answers != [ANSWER]:
            self.faults.append(f"{len(said.split())} words read, {len(answers)} answers kept")

    def _read(self, turn: str) -> str:
        """Return the whole answer, as the last event has it."""
        began = heard = time.monotonic()
        last, text = "", ""
        while time.monotonic() - began < ANSWER_SECONDS:
            try:
                path = f"/api/turns/{turn}/events"
                for at, event in self.client.events(path, last=last):
                    last = at
                    self.silence = max(self.silence, time.monotonic() - heard)
                    heard = time.monotonic()
                    if "text" in event:
                        self.first_word.set()
                    text = event.get("content", text)
            except (OSError, Refused):
                self.breaks += 1
                time.sleep(PAUSE_SECONDS)
                continue
            return text
        raise TimeoutError("no end of the answer")


class Load:
    """Probes and readers for as long as a `with` block lasts; the last answers are waited for."""

    def __init__(self, client: Client, probes: int = 2, readers: int = 0) -> None:
        self.probes = [Probes(client) for _ in range(probes)]
        self.readers = [Reader(client) for _ in range(readers)]
        people: list[Probes | Reader] = [*self.probes, *self.readers]
        self._threads = [threading.Thread(target=each.run, daemon=True) for each in people]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        for reader in self.readers:
            reader.first_word.wait(ANSWER_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        for reader in self.readers:
            reader.stop()
        for thread in self._threads[len(self.probes) :]:
            thread.join()
        for probe in self.probes:
            probe.stop()
        for thread in self._threads:
            thread.join()

    @property
    def requests(self) -> int:
        return sum(probe.sent for probe in self.probes)

    @property
    def failures(self) -> list[str]:
        return [fault for probe in self.probes for fault in probe.failures]

    @property
    def faults(self) -> list[str]:
        return [fault for reader in self.readers for fault in reader.faults]

    def describe(self) -> str:
        text = f"{len(self.failures)} of {self.requests} requests failed, the slowest took "
        text += f"{max(probe.slowest for probe in self.probes):.1f} s"
        if self.readers:
            text += (
                f"; {sum(reader.answers for reader in self.readers)} streams,"
                f" {len(self.faults)} lost or doubled,"
                f" {sum(reader.breaks for reader in self.readers)} breaks,"
                f" longest silence {max(reader.silence for reader in self.readers):.1f} s"
            )
        return text
