"""A turn makes the web process do no more than it did: calls, threads, statements, commands."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.costs.counting.bounds import BOUNDS
from tests.costs.counting.turns import MODEL, Ask, CountedWeb, counted_web, kinds
from tests.processes import site

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def web_and_asks(
    tmp_path_factory: pytest.TempPathFactory, fake_model: str
) -> Iterator[tuple[CountedWeb, Mapping[str, Ask]]]:
    with (
        # pytest's own folders may be too long for a socket.
        tempfile.TemporaryDirectory(prefix="aiapp-") as folder,
        site.running(
            tmp_path_factory.mktemp("site"),
            CHAT_MODEL=MODEL,
            OPENAI_BASE_URL=fake_model,
            OPENAI_API_KEY="sk-123",
            ASK_RATE="",
        ) as running,
        counted_web(running, Path(folder)) as web,
    ):
        yield web, kinds(running, web.program)


@pytest.mark.parametrize("kind", BOUNDS)
def test_a_turn_takes_no_more_than_its_bounds(
    web_and_asks: tuple[CountedWeb, Mapping[str, Ask]], kind: str
) -> None:
    web, asks = web_and_asks
    counts = web.measure(asks[kind], BOUNDS[kind])
    assert counts.exceeds(BOUNDS[kind]) == [], counts


def test_what_is_more_than_its_bound_is_named() -> None:
    bounds = BOUNDS["API, new"]
    assert bounds.exceeds(bounds) == []
    assert BOUNDS["page, new"].exceeds(bounds)[:2] == ["calls", "hops"]
