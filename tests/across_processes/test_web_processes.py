"""A web server of two processes: each is replaced alone, and no one outlives its parent."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.processes.site import PLAIN, TWO, Program, Site, until

pytestmark = pytest.mark.process

HANG_SECONDS = 2


@pytest.fixture(scope="module")
def web(shared_site: Site) -> Iterator[Program]:
    """One that goes on, whatever becomes of its processes."""
    web = start_two(shared_site)
    yield web
    web.kill()


@pytest.fixture
def victim(shared_site: Site) -> Iterator[Program]:
    web = start_two(shared_site)
    yield web
    if web.process.poll() is None:
        web.kill()


def start_two(site: Site) -> Program:
    web = site.web(WEB_HANG_SECONDS=str(HANG_SECONDS), **TWO)
    # It serves when one of them does.
    until(lambda: len(list_processes(web)) == 2, "both processes")
    return web


def list_processes(web: Program) -> list[psutil.Process]:
    return psutil.Process(web.process.pid).children()


def ask_often(web: Program) -> set[int]:
    """Return the states of answers over so many connections that each process gets some."""
    return {
        httpx2.get(f"{web.url}/health/live", timeout=60, verify=PLAIN).status_code
        for _ in range(30)
    }


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_one_that_dies_is_replaced_alone_and_what_waits_for_it_is_served(web: Program) -> None:
    gone, other = list_processes(web)
    gone.kill()
    assert ask_often(web) == {200}
    until(lambda: len(list_processes(web)) == 2, "another process")
    assert other in list_processes(web)
    assert gone not in list_processes(web)


def test_one_that_hangs_is_replaced(web: Program) -> None:
    hung, other = list_processes(web)
    hung.suspend()
    assert ask_often(web) == {200}
    until(lambda: is_gone(hung), "the end of the process that hung")
    assert other in list_processes(web)


def test_to_stop_all_and_go_on_costs_no_process(web: Program) -> None:
    processes = list_processes(web)
    os.killpg(web.process.pid, signal.SIGSTOP)
    everybody = [psutil.Process(web.process.pid), *processes]
    until(lambda: {each.status() for each in everybody} == {psutil.STATUS_STOPPED}, "a stop")
    # Longer than any of them may be silent.
    with pytest.raises(subprocess.TimeoutExpired):
        web.process.wait(HANG_SECONDS + 1)
    os.killpg(web.process.pid, signal.SIGCONT)
    assert ask_often(web) == {200}
    assert list_processes(web) == processes


def test_they_end_with_their_parent_however_that_ends(victim: Program) -> None:
    processes = list_processes(victim)
    os.kill(victim.process.pid, signal.SIGKILL)
    until(lambda: all(is_gone(each) for each in processes), "the end of both processes")


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_they_end_in_good_order_when_they_are_told(victim: Program, sign: signal.Signals) -> None:
    """A terminal's Ctrl-C reaches all of them at once."""
    processes = list_processes(victim)
    tell = os.killpg if sign == signal.SIGINT else os.kill
    tell(victim.process.pid, sign)
    assert victim.process.wait(60) == 0
    assert all(is_gone(each) for each in processes)


def test_whichever_is_asked_tells_the_figures_of_both(web: Program) -> None:
    ask_often(web)
    name = "aiapp_http_requests_total"
    for _ in range(4):
        text = httpx2.get(f"{web.url}/metrics", timeout=60, verify=PLAIN).text
        families = {each.name: each for each in text_string_to_metric_families(text)}
        asked = [
            each
            for each in families[name.removesuffix("_total")].samples
            if each.name == name and each.labels["route"] == "none"
        ]
        assert {each.labels["process"] for each in asked} == {"0", "1"}
        assert sum(each.value for each in asked) >= 30
        up = families["aiapp_web_process_up"].samples
        assert [each.value for each in up] == [1, 1]
        # What is counted for the site is told once.
        queues = families["aiapp_queue_tasks"].samples
        assert {tuple(each.labels) for each in queues} == {("queue",)}


def test_a_port_that_another_server_has_is_not_shared(shared_site: Site, web: Program) -> None:
    port = urlsplit(web.url).port
    other = shared_site._fork("aiapp.server", "--port", str(port), **TWO)
    assert other.process.wait(60) != 0
    assert ask_often(web) == {200}


def test_a_unix_socket_is_served_by_all(shared_site: Site) -> None:
    # A test's own folder may be too long for a socket.
    with tempfile.TemporaryDirectory(prefix="aiapp-") as folder:
        path = f"{folder}/web"
        web = shared_site._fork("aiapp.server", "--uds", path, **TWO)
        until(lambda: Path(path).exists() and list_processes(web), "the socket")
        with httpx2.Client(transport=httpx2.HTTPTransport(uds=path), timeout=60) as client:
            assert client.get("http://127.0.0.1/health/live").status_code == 200
        web.kill(signal.SIGTERM)
        assert web.process.returncode == 0
