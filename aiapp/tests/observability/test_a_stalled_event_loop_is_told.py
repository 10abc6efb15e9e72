"""A step that holds up the event loop is logged and counted, by name and without its values."""

import asyncio
import logging
import re
import subprocess
import sys
import time

import pytest
import uvloop

from aiapp.observability import watchdog

BOUND = 0.1


def hold_with_an_expression(secret):
    """Compute for several bounds, all but some moments of it with Python's lock held."""
    until = time.thread_time() + 5 * BOUND
    while time.thread_time() < until:
        re.match(r"(a|aa)+$", secret)


async def compute():
    hold_with_an_expression("a" * 29 + "b")


async def sleep_without_awaiting():
    time.sleep(5 * BOUND)


async def watch(work):
    """Run a task under a watchdog until it has reported, or has beaten twice after the task."""
    dog = watchdog.Watchdog(BOUND)
    dog.start()
    try:
        await asyncio.create_task(work())
        await asyncio.sleep(2 * watchdog.BEAT_SECONDS + 0.05)
    finally:
        dog.stop()


def stalls(kind):
    return watchdog.STALLS.labels(kind)._value.get()


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request):
    return request.param


def reports(caplog):
    return [record for record in caplog.records if record.message == "event_loop_stalled"]


def test_code_that_computes_is_named_though_it_holds_the_lock(run, caplog):
    before = stalls("busy")
    run(watch(compute))
    report = reports(caplog)[0]
    assert stalls("busy") > before
    assert report.kind == "busy"
    assert report.cpu >= BOUND * 1000
    assert report.handle.endswith(" compute")
    assert report.stack[1].endswith(" hold_with_an_expression")
    assert "aaa" not in str(vars(report))


def test_a_call_that_blocks_is_told_apart(run, caplog):
    before = stalls("waiting")
    run(watch(sleep_without_awaiting))
    report = reports(caplog)[0]
    assert stalls("waiting") > before
    assert report.kind == "waiting"
    assert report.handle.endswith(" sleep_without_awaiting")


def test_a_loop_that_only_waits_is_never_busy(run):
    async def wait():
        for _ in range(20):
            await asyncio.sleep(0.01)

    before = stalls("busy")
    run(watch(wait))
    assert stalls("busy") == before


# Stalls beside threads that compute, as a pool's do, and has the alarm ring all the time.
BUSY = """
import asyncio, os, signal, threading, time
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aiapp.settings")
from aiapp.observability import watchdog

def descend(levels):
    return levels and descend(levels - 1)

def compute():
    while True:
        descend(50)
        exec("def f(x): return [i for i in range(x)]\\nf(30)")

async def stall():
    dog = watchdog.Watchdog(60)
    dog.start()
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    time.sleep(1.5)
    dog.stop()

for _ in range(4):
    threading.Thread(target=compute, daemon=True).start()
asyncio.run(stall())
print("alive", flush=True)
"""


def test_to_see_what_stalls_never_ends_the_process():
    ran = subprocess.run([sys.executable, "-c", BUSY], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "alive\n"), ran.stderr


def test_it_is_a_setting(settings):
    async def is_watched():
        dog = watchdog.start()
        if dog:
            dog.stop()
        return dog is not None

    settings.LOOP_STALL_SECONDS = 0
    assert not asyncio.run(is_watched())
    settings.LOOP_STALL_SECONDS = 30
    assert asyncio.run(is_watched())


# A program may run the application in a thread, where its alarm would be that of the program.
IN_A_THREAD = """
import asyncio, signal, threading
import aiapp.asgi
from aiapp.asgi import application

async def serve():
    heard = asyncio.Queue()
    said = asyncio.Queue()
    served = asyncio.create_task(
        application({"type": "lifespan", "asgi": {}}, heard.get, said.put))
    for word in ("startup", "shutdown"):
        await heard.put({"type": f"lifespan.{word}"})
        print((await said.get())["type"], signal.getitimer(signal.ITIMER_REAL)[0] > 0, flush=True)
    served.cancel()

def run():
    asyncio.run(serve())

thread = threading.Thread(target=run)
thread.start()
thread.join()
run()
"""


def test_only_the_main_thread_is_watched_and_no_alarm_is_left_at_the_end():
    ran = subprocess.run(
        [sys.executable, "-c", IN_A_THREAD], capture_output=True, text=True, check=False
    )
    assert ran.stdout.splitlines() == [
        "lifespan.startup.complete False",
        "lifespan.shutdown.complete False",
        "lifespan.startup.complete True",
        "lifespan.shutdown.complete False",
    ], ran.stderr
    assert ran.returncode == 0


def test_it_takes_next_to_nothing(caplog):
    """Ten beats a second; a hundred of them take less of the CPU than a thousandth of ten seconds.

    The work of a beat is measured, not what it takes to wake up, which others share.
    """
    caplog.set_level(logging.ERROR)

    async def beat():
        dog = watchdog.Watchdog(30)
        dog.start()
        spent = []
        for _ in range(5):
            started = time.thread_time()
            for _ in range(100):
                dog._handle.cancel()
                dog._beat()
            spent.append(time.thread_time() - started)
        dog.stop()
        return min(spent)

    assert asyncio.run(beat()) < 0.010
