"""While a hostile input is at work in a real web server, its event loop serves everybody else.

How fast that is depends on the machine, so the test asks the server's own watchdog: the loop's
thread must never have been computing for as long as the bound. `bench/texts/bench_hostile.py`
measures what a stranger waits.
"""

import re
from collections.abc import Iterator

import httpx2
import pytest

from tests.costs import hostile
from tests.processes.site import PLAIN, Program, running

pytestmark = pytest.mark.process


Attacked = tuple[hostile.Attacker, Program]


@pytest.fixture(scope="module")
def attacked_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    folder = tmp_path_factory.mktemp("site")
    with (
        hostile.outside() as outside,
        running(folder, **hostile.variables(outside, folder)) as site,
    ):
        web = site.web()
        attacker = hostile.attacker(site, web, outside)
        # Whatever a process does only once, such as to load modules, is behind it then.
        attacker.ask("Hello")
        attacker.read_page("<p>Hello")
        yield attacker, web


def count_stalls(web: Program) -> float:
    """Return how many times so far a server's event loop was kept computing for too long."""
    text = httpx2.get(f"{web.url}/metrics", verify=PLAIN).text
    found = re.search(r'^aiapp_event_loop_stalls_total\{kind="busy"\} (\S+)', text, re.MULTILINE)
    assert found, text[:500]
    return float(found[1])


@pytest.mark.parametrize("name", hostile.INPUTS)
def test_the_event_loop_goes_on(attacked_site: Attacked, name: str) -> None:
    attacker, web = attacked_site
    before = count_stalls(web)
    hostile.INPUTS[name](attacker)
    assert httpx2.get(f"{web.url}/health/live", verify=PLAIN).status_code == 200
    assert count_stalls(web) == before


def test_what_was_asked_for_arrived(attacked_site: Attacked) -> None:
    """Otherwise the inputs above may never have got to where they do harm."""
    attacker, _ = attacked_site
    told = attacker.ask("Show me", "So:\n\n```python\nx = 1\n```\n")
    assert '<span class=\\"mi\\">1</span>' in told, told[:2000]
    assert '{"state":"done"}' in told
    attacker.read_page("<h1>Tides</h1><p>High at nine.")
    assert hostile.PAGE in attacker.outside.server.hits
