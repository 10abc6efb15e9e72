"""A model that keeps failing is left alone for a while, then tried by one question."""

from contextlib import aclosing
from functools import partial

import pytest
from pytest_django import Settings

from aiapp.llm import registry
from aiapp.llm.base import Fallback, Prompt, Text
from aiapp.llm.errors import BrokenAnswer, ModelRefused, ModelUnavailable
from aiapp.llm.routing import gates
from aiapp.llm.routing.breaker import Breaker
from aiapp.llm.tests.scripted_server import DONE, HELLO, Answer, finish, running
from tests.processes import model_requests


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(settings: Settings) -> Clock:
    settings.MODEL_BREAKER_FAULTS, settings.MODEL_BREAKER_SECONDS = 3, 30
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock)


def fail(breaker: Breaker, times: int = 3) -> None:
    for _ in range(times):
        breaker.enter()
        breaker.record_fault()


def test_it_opens_after_so_many_faults_and_names_the_time(breaker: Breaker) -> None:
    fail(breaker)
    with pytest.raises(ModelUnavailable) as caught:
        breaker.enter()
    assert (caught.value.reason, caught.value.retry_after) == ("model_away", 31)


def test_faults_long_apart_or_with_an_answer_between_do_not_open_it(
    breaker: Breaker, clock: Clock
) -> None:
    fail(breaker, 2)
    clock.now += 40
    fail(breaker, 2)
    breaker.record_success()
    fail(breaker, 2)
    breaker.enter()


def test_one_question_probes_and_the_others_go_on_without(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    clock.now += 31
    breaker.enter()
    with pytest.raises(ModelUnavailable):
        breaker.enter()
    breaker.record_success()
    breaker.enter()
    assert not breaker.is_open


def test_a_probe_that_fails_leaves_it_open_and_one_that_is_left_gives_way(
    breaker: Breaker, clock: Clock
) -> None:
    fail(breaker)
    clock.now += 31
    breaker.enter()
    breaker.release_probe()
    fail(breaker, 1)
    with pytest.raises(ModelUnavailable):
        breaker.enter()


def test_one_persons_odd_question_keeps_the_model_from_that_person_alone(
    breaker: Breaker, clock: Clock
) -> None:
    for _ in range(3):
        breaker.enter("ann")
        breaker.record_fault("ann")
    with pytest.raises(ModelUnavailable) as caught:
        breaker.enter("ann")
    assert caught.value.reason == "model_away"
    breaker.enter("bob")
    breaker.record_success()
    clock.now += 31
    breaker.enter("ann")


def test_what_fails_for_two_people_fails_for_all(breaker: Breaker) -> None:
    for asker in ("ann", "ann", "bob"):
        breaker.enter(asker)
        breaker.record_fault(asker)
    with pytest.raises(ModelUnavailable):
        breaker.enter("cleo")


def test_who_probed_in_vain_does_not_probe_next(breaker: Breaker, clock: Clock) -> None:
    for asker in ("ann", "bob", "ann"):
        breaker.record_fault(asker)
    clock.now += 31
    breaker.enter("ann")
    breaker.record_fault("ann")
    clock.now += 31
    with pytest.raises(ModelUnavailable):
        breaker.enter("ann")
    breaker.enter("bob")
    breaker.record_success()
    breaker.enter("ann")


def test_who_is_alone_probes_again_in_the_end(breaker: Breaker, clock: Clock) -> None:
    for asker in ("ann", "bob", "ann"):
        breaker.record_fault(asker)
    clock.now += 31
    breaker.enter("ann")
    breaker.record_fault("ann")
    clock.now += 61
    breaker.enter("ann")


def test_0_faults_switch_it_off(settings: Settings) -> None:
    settings.MODEL_BREAKER_FAULTS = 0
    breaker = Breaker()
    fail(breaker, 50)
    breaker.enter()


@pytest.fixture
def _endpoint(settings: Settings, fake_model: str) -> None:
    settings.LOCAL_CHAT = False
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = fake_model, "sk-123"
    settings.MODEL_TRIES = 1
    settings.MODEL_BREAKER_FAULTS, settings.MODEL_BREAKER_SECONDS = 3, 30


async def begin(model: str, owner: str = "") -> object:
    prompt = Prompt(model, [{"role": "user", "content": "one two"}], owner=owner)
    async with aclosing(registry.chat_model(model).stream(prompt)) as pieces:
        async for piece in pieces:
            return piece
    return None


def requests(fake_model: str, model: str) -> int:
    seen = model_requests.list_bodies(fake_model, model)
    return sum(request["model"] == model for request in seen)


@pytest.mark.usefixtures("_endpoint")
async def test_a_model_that_is_left_alone_gets_no_request_and_its_stand_in_answers_at_once(
    settings: Settings, fake_model: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gates, "Breaker", partial(Breaker, clock))
    before = requests(fake_model, "fault-500")
    for _ in range(5):
        with pytest.raises(ModelUnavailable):
            await begin("fault-500")
    assert requests(fake_model, "fault-500") - before == 3
    settings.CHAT_FALLBACKS = {"fault-500": ["echo"]}
    assert await begin("fault-500") == Fallback("echo")
    assert requests(fake_model, "fault-500") - before == 3
    clock.now += 31
    assert await begin("fault-500") == Fallback("echo")
    assert requests(fake_model, "fault-500") - before == 4


@pytest.mark.usefixtures("_endpoint")
async def test_other_models_of_the_endpoint_and_wrong_keys_are_not_counted() -> None:
    for _ in range(4):
        with pytest.raises(ModelRefused):
            await begin("fault-401")
    for _ in range(4):
        with pytest.raises(ModelUnavailable):
            await begin("fault-503")
    assert await begin("echo") is not None


async def test_who_gets_no_word_from_a_model_that_works_takes_it_from_nobody(
    settings: Settings,
) -> None:
    settings.MODEL_BREAKER_FAULTS, settings.MODEL_BREAKER_SECONDS = 2, 300
    settings.CHAT_MODEL, settings.CHAT_MODELS, settings.MODEL_TRIES = "a-model", [], 1
    answers = [Answer((finish(), DONE))] * 5
    async with running(
        settings, lambda _: answers.pop() if answers else Answer((HELLO, finish(), DONE))
    ):
        for _ in range(5):
            with pytest.raises(BrokenAnswer):
                await begin("a-model")
        assert await begin("a-model") == Text("Hello world")


async def test_a_server_that_fails_at_one_persons_question_answers_all_others(
    settings: Settings,
) -> None:
    settings.MODEL_BREAKER_FAULTS, settings.MODEL_BREAKER_SECONDS = 2, 300
    settings.CHAT_MODEL, settings.CHAT_MODELS, settings.MODEL_TRIES = "a-model", [], 1
    answers = [Answer((), status=500)] * 2
    async with running(
        settings, lambda _: answers.pop() if answers else Answer((HELLO, finish(), DONE))
    ):
        for _ in range(3):
            with pytest.raises(ModelUnavailable):
                await begin("a-model", "ann")
        assert await begin("a-model", "bob") == Text("Hello world")
