"""A model makes so many answers at once; who waits is told so, and people take turns."""

import asyncio
from contextlib import aclosing

import pytest
from prometheus_client.metrics import MetricWrapperBase
from pytest_django import Settings

from aiapp.llm import registry
from aiapp.llm.base import Prompt, Text, Waiting
from aiapp.llm.routing import gates
from aiapp.llm.routing.places import Places


async def take(places: Places, owner: str, limit: int = 1) -> None:
    if not places.try_take(limit):
        await places.take(owner)


async def wait_in_line(places: Places, owners: list[str]) -> tuple[list[str], list[asyncio.Task]]:
    """Have them wait in this order; the list fills with those who got a place."""
    served: list[str] = []

    async def one(owner: str) -> None:
        await take(places, owner)
        served.append(owner)

    tasks = [asyncio.create_task(one(owner)) for owner in owners]
    await asyncio.sleep(0)
    return served, tasks


async def serve(places: Places, times: int) -> None:
    for _ in range(times):
        places.free()
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def test_whoever_asks_much_does_not_come_before_whoever_asks_once() -> None:
    places = Places()
    await take(places, "anna")
    served, _ = await wait_in_line(places, ["anna", "anna", "anna", "ben", "cem", "ben"])
    await serve(places, 6)
    assert served == ["anna", "ben", "cem", "anna", "ben", "anna"]


async def test_who_leaves_the_line_takes_no_place() -> None:
    places = Places()
    await take(places, "anna")
    served, tasks = await wait_in_line(places, ["ben", "cem"])
    tasks[0].cancel()
    await asyncio.wait({tasks[0]})
    await serve(places, 2)
    assert served == ["cem"]
    assert places.try_take(1)


async def test_whoever_stands_behind_one_who_is_leaving_gets_the_place() -> None:
    places = Places()
    await take(places, "anna")
    served, tasks = await wait_in_line(places, ["ben", "ben"])
    # At the same moment: the one who leaves has not left the line.
    tasks[0].cancel()
    places.free()
    await asyncio.wait({tasks[0]})
    await asyncio.sleep(0)
    assert served == ["ben"]


async def test_who_leaves_when_a_place_was_just_given_passes_it_on() -> None:
    places = Places()
    await take(places, "anna")
    served, tasks = await wait_in_line(places, ["ben", "cem"])
    places.free()
    tasks[0].cancel()
    await asyncio.wait({tasks[0]})
    await asyncio.sleep(0)
    assert served == ["cem"]


async def test_without_a_limit_nobody_waits() -> None:
    places = Places()
    assert all(places.try_take(0) for _ in range(100))


@pytest.fixture
def _endpoint(settings: Settings, fake_model: str) -> None:
    settings.LOCAL_CHAT = False
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = fake_model, "sk-123"
    settings.MODELS = {"count-8-20": {"concurrency": 2}}


@pytest.mark.usefixtures("_endpoint")
async def test_no_more_answers_at_once_than_the_model_has_places() -> None:
    whole = "".join(f"w{n} " for n in range(8))
    now, most, waited = 0, 0, 0

    async def one(owner: int) -> str:
        nonlocal now, most, waited
        said = ""
        prompt = Prompt("count-8-20", [{"role": "user", "content": "go"}], owner=str(owner))
        async with aclosing(registry.chat_model(prompt.model).stream(prompt)) as pieces:
            async for piece in pieces:
                waited += isinstance(piece, Waiting)
                if isinstance(piece, Text):
                    # An answer goes on from its first word to its last one.
                    now += not said
                    said += piece.text
                    most = max(most, now)
                    now -= said == whole
        return said

    assert set(await asyncio.gather(*(one(n) for n in range(6)))) == {whole}
    assert (most, waited) == (2, 4)
    answered = {"model": "count-8-20", "outcome": "answered"}
    assert value(gates.REQUESTS, "aiapp_model_requests_total", answered) == 6
    assert value(gates.WAITING, "aiapp_model_waiting", {"model": "count-8-20"}) == 0


def value(metric: MetricWrapperBase, name: str, labels: dict[str, str]) -> float:
    samples = [sample for family in metric.collect() for sample in family.samples]
    return next(s.value for s in samples if (s.name, s.labels) == (name, labels))
