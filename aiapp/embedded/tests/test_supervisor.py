"""The supervisor copes with parts that do not come up, and with what they leave behind."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from aiapp.embedded import parts
from aiapp.embedded.processes.process import Part, Process, Roster
from aiapp.embedded.processes.supervisor import POLL_SECONDS, CannotStart, Supervisor

FAILS = (sys.executable, "-c", "import sys; print('the reason'); sys.exit(3)")
SLEEPS = (sys.executable, "-c", "import time; time.sleep(600)")


@pytest.fixture
def lines() -> list[tuple[str, str]]:
    """The lines that the supervisor wrote."""
    return []


@pytest.fixture
def supervisor(tmp_path, lines):
    roster = Roster(tmp_path / "processes.json")
    supervisor = Supervisor(tmp_path, roster, lambda *line: lines.append(line))
    yield supervisor
    supervisor.stop()


def test_a_needed_part_that_keeps_dying_ends_the_start_with_its_last_words(supervisor):
    stage = supervisor.start([Part("broken", FAILS, ready=lambda: False)])
    with pytest.raises(CannotStart, match=r"(?s)broken ended with exit code 3.*the reason"):
        supervisor.wait_for(stage)


def test_an_optional_part_that_dies_does_not_hold_up_the_start(supervisor, lines):
    stage = supervisor.start([Part("extra", FAILS, ready=lambda: False, optional=True)])
    supervisor.wait_for(stage)
    assert ("extra", "ended with exit code 3; starting it again in 0.5 s") in lines


def test_a_part_that_does_not_become_ready_in_time_is_ended(supervisor, lines):
    part = Part("slow", SLEEPS, ready=lambda: False, optional=True, start_seconds=0.2)
    (watched,) = supervisor.start([part])
    pid = watched.process.pid
    supervisor.wait_for([watched])
    assert not psutil.pid_exists(pid)
    assert lines[0][1].startswith("did not become ready in time")


def test_a_part_that_starts_is_not_asked_without_a_pause(supervisor):
    """Whoever asks all the time takes the processor from those who start."""
    asked_at = []

    def ask() -> bool:
        asked_at.append(time.monotonic())
        return False

    part = Part("slow", SLEEPS, ready=ask, optional=True, start_seconds=0.5)
    supervisor.wait_for(supervisor.start([part]))
    assert len(asked_at) > 1
    assert all(after - before >= POLL_SECONDS for before, after in pairwise(asked_at))


def run_until(supervisor: Supervisor, happened: Callable[[], object]) -> None:
    """Have the supervisor look after its parts until something has come about."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        supervisor.sleep(min(supervisor.step(), 0.05))


def test_a_part_that_hangs_is_ended_and_started_again(supervisor, lines, tmp_path, settings):
    settings.PART_CHECK_SECONDS = 0.05
    sign = tmp_path / "sign"
    answers = (
        "import pathlib, sys, time\nwhile True: pathlib.Path(sys.argv[1]).touch(); time.sleep(.01)"
    )

    def is_fresh() -> bool:
        """Take the part's sign, which it makes again when it runs."""
        deadline = time.monotonic() + 0.5
        sign.unlink(missing_ok=True)
        while not sign.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        return sign.exists()

    command = (sys.executable, "-c", answers, str(sign))
    (watched,) = supervisor.start([Part("stuck", command, ready=is_fresh, alive=is_fresh)])
    supervisor.wait_for([watched])
    supervisor.serving = True
    first = watched.process.pid
    os.kill(first, signal.SIGSTOP)
    run_until(supervisor, lambda: watched.served and watched.process.pid != first)
    assert not psutil.pid_exists(first)
    assert ("stuck", "did not answer any more and was ended; starting it again in 0.5 s") in lines


def test_a_part_that_answers_late_now_and_then_is_left_alone(supervisor, settings):
    settings.PART_CHECK_SECONDS = 0
    answers, asked = [False, False, True] * 5, []

    def answer() -> bool:
        asked.append(answers[len(asked) % len(answers)])
        return asked[-1]

    (watched,) = supervisor.start([Part("slow", SLEEPS, alive=answer)])
    first = watched.process.pid
    supervisor.wait_for([watched])
    run_until(supervisor, lambda: len(asked) > len(answers))
    assert watched.process.pid == first


def test_a_part_that_hangs_keeps_nobody_waiting(supervisor, settings):
    """It is asked beside the others, and another is started meanwhile."""
    settings.PART_CHECK_SECONDS = 0
    answered = threading.Event()
    (stuck,) = supervisor.start([Part("stuck", SLEEPS, alive=answered.wait)])
    (well,) = supervisor.start([Part("well", SLEEPS, alive=lambda: True)])
    supervisor.wait_for([stuck, well])
    run_until(supervisor, lambda: stuck.question)
    first = well.process.pid
    os.kill(first, signal.SIGKILL)
    run_until(supervisor, lambda: well.process and well.process.pid != first and well.served)
    assert stuck.question
    answered.set()


def test_a_part_that_nobody_asked_in_time_is_asked_before_it_is_ended(supervisor, lines):
    """Files are collected meanwhile, which takes a small machine a minute."""
    (watched,) = supervisor.start([Part("quick", SLEEPS)])
    watched.started -= 10 * watched.part.start_seconds
    supervisor.wait_for([watched])
    assert watched.deaths == 0


def test_beat_is_starting_until_it_shows_that_it_lives(tmp_path):
    beat = parts.beat(parts.Place(tmp_path, tmp_path, tmp_path))
    beat.prepare()
    assert not beat.ready()
    Path(beat.environment["HEARTBEAT_FILE"]).touch()
    assert beat.ready()


def test_a_full_disk_ends_nothing_and_stops_no_restart(supervisor, lines, tmp_path, monkeypatch):
    """Two files are such that each write is refused for want of room."""
    monkeypatch.setattr("aiapp.embedded.processes.supervisor.LOG_BYTES", 10)
    for name in ("processes.new", "chatty.log.1"):
        (tmp_path / name).symlink_to("/dev/full")
    chatter = "import time; print('x' * 99, flush=True); time.sleep(600)"
    (watched,) = supervisor.start([Part("chatty", (sys.executable, "-c", chatter))])
    supervisor.wait_for([watched])
    supervisor.serving = True
    run_until(supervisor, lambda: watched.log_file.stat().st_size)
    supervisor._bound_logs()
    assert watched.log_file.stat().st_size == 0
    first = watched.process.pid
    os.kill(first, signal.SIGKILL)
    run_until(supervisor, lambda: watched.process and watched.process.pid != first)
    assert ("processes", "cannot be noted: No space left on device") in lines


def test_a_log_that_grew_too_large_is_emptied_while_its_part_writes_on(
    supervisor, tmp_path, monkeypatch
):
    monkeypatch.setattr("aiapp.embedded.processes.supervisor.LOG_BYTES", 1000)
    chatter = "import time\nwhile True: print('x' * 99, flush=True); time.sleep(0.01)"
    (watched,) = supervisor.start([Part("loud", (sys.executable, "-c", chatter))])
    deadline = time.monotonic() + 20
    while not watched.log_file.with_suffix(".log.1").exists():
        assert time.monotonic() < deadline
        supervisor._bound_logs()
        time.sleep(0.05)
    assert watched.process.running()
    assert watched.log_file.stat().st_size < 1000


def test_leftovers_are_ended_but_a_reused_process_number_is_left_alone(tmp_path):
    process = Process(Part("left", SLEEPS), tmp_path / "left.log")
    roster = Roster(tmp_path / "processes.json")
    roster.write([process])
    written = roster.path.read_text()
    started = str(psutil.Process(process.pid).create_time())
    try:
        roster.path.write_text(written.replace(started, "12345.0"))
        assert roster.end_leftovers() == []
        assert process.running()
        roster.path.write_text(written)
        assert roster.end_leftovers() == ["left"]
        assert not process.running()
    finally:
        process.kill()


def test_children_of_a_killed_part_end_with_it(tmp_path):
    spawns = "import subprocess, sys, time\n"
    spawns += "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    spawns += "print(child.pid, flush=True); time.sleep(600)"
    process = Process(Part("family", (sys.executable, "-c", spawns)), tmp_path / "family.log")
    deadline = time.monotonic() + 20
    while not (tmp_path / "family.log").read_text().strip():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    child = psutil.Process(int((tmp_path / "family.log").read_text()))
    os.kill(process.pid, 9)
    process.wait(60)
    process.kill()
    psutil.wait_procs([child], timeout=60)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_part_that_is_not_wanted_yet_holds_up_no_start_and_starts_when_it_is(
    supervisor, lines, tmp_path
):
    rests = tmp_path / "rests"
    rests.touch()
    part = Part("later", SLEEPS, optional=True, wanted=lambda: not rests.exists())
    (watched,) = supervisor.start([part])
    supervisor.wait_for([watched])
    assert watched.process is None
    rests.unlink()
    run_until(supervisor, lambda: watched.served)
    assert watched.process.running()
