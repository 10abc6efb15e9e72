"""Questions that come while a vendor's library is being imported wait for it and are answered."""

import asyncio
import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from aiapp.llm import vendors

INIT = """
def is_configured():
    return True

def claims(model):
    return True

def access():
    return "", ""
"""
# Its import takes as long as the test wants.
CHAT = """
import slow_import_gate as gate

gate.begun.set()
gate.go_on.wait(30)
gate.runs += 1


class Client:
    def __init__(self, base_url, api_key):
        pass

    async def close(self):
        pass
"""


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    folder = tmp_path / "slow_vendor"
    folder.mkdir()
    (folder / "__init__.py").write_text(INIT, encoding="utf-8")
    (folder / "chat.py").write_text(CHAT, encoding="utf-8")
    gate = ModuleType("slow_import_gate")
    gate.begun, gate.go_on, gate.runs = (  # type: ignore[attr-defined]
        threading.Event(),
        threading.Event(),
        0,
    )
    monkeypatch.setitem(sys.modules, gate.__name__, gate)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(vendors.VENDORS, "slow", "slow_vendor")
    yield gate
    gate.go_on.set()  # type: ignore[attr-defined]
    for name in ("slow_vendor", "slow_vendor.chat"):
        sys.modules.pop(name, None)
    vendors._modules.pop("slow_vendor.chat", None)
    vendors._clients.pop(("slow", "", ""), None)


async def test_questions_in_the_meantime_get_the_same_client(gate: ModuleType) -> None:
    first = asyncio.create_task(vendors.client("slow"))
    await asyncio.to_thread(gate.begun.wait, 30)
    others = [asyncio.create_task(vendors.client("slow")) for _ in range(20)]
    await asyncio.wait(others, timeout=0.05)
    assert not [task for task in others if task.done()]
    gate.go_on.set()
    clients = await asyncio.gather(first, *others)
    assert len({id(client) for client in clients}) == 1
    assert gate.runs == 1


async def test_an_import_that_somebody_else_began_is_waited_for(gate: ModuleType) -> None:
    elsewhere = threading.Thread(target=import_module, args=("slow_vendor.chat",))
    elsewhere.start()
    await asyncio.to_thread(gate.begun.wait, 30)
    asked = asyncio.create_task(vendors.client("slow"))
    await asyncio.wait({asked}, timeout=0.05)
    assert not asked.done()
    gate.go_on.set()
    await asked
    elsewhere.join()


def test_event_loops_of_several_threads_wait_for_each_other(gate: ModuleType) -> None:
    clients: list[object] = []
    threads = [
        threading.Thread(target=lambda: clients.append(asyncio.run(vendors.client("slow"))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    gate.begun.wait(30)
    gate.go_on.set()
    for thread in threads:
        thread.join()
    assert len(clients) == 4
