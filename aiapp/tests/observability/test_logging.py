"""A line of the log says what happened, and leaves out whatever people wrote."""

import json
import logging

import pytest
from django.test import Client

from aiapp.observability import log

SECRET = "what somebody wrote"


def line_of(record: logging.LogRecord, *, messages: bool = False) -> dict:
    return json.loads(log.JsonFormatter(messages=messages).format(record))


def record(name: str, text: str, *args: object, **more: object) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.ERROR, __file__, 1, text, args, None)
    vars(made).update(more)
    return made


def record_failure() -> logging.LogRecord:
    """An error whose cause and whose own words quote somebody."""
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise ValueError(f"no {SECRET}") from error
    except ValueError as error:
        made = record("chat.turns.running.runner", "turn_broke")
        made.exc_info = (type(error), error, error.__traceback__)
        return made


def test_an_exception_is_told_by_types_and_places() -> None:
    told = line_of(record_failure())["exception"]
    assert [line for line in told if not line.startswith(" ")] == [
        "builtins.ValueError",
        "builtins.KeyError",
    ]
    assert any("test_logging.py" in line and "record_failure" in line for line in told)
    assert SECRET not in str(told)


def test_in_development_its_words_are_told_as_well() -> None:
    assert SECRET in line_of(record_failure(), messages=True)["exception"]


def test_our_own_facts_stand_on_the_line_and_others_do_not() -> None:
    assert line_of(record("chat.turns.turn", "turn_failed", code="busy"))["code"] == "busy"
    assert SECRET not in str(line_of(record("celery.app.trace", "done", data={"args": SECRET})))


def test_celerys_word_of_a_failed_task_names_the_error_only() -> None:
    facts = {"name": "chat.sweep", "id": "1", "exc": f"ValueError('{SECRET}')", "traceback": SECRET}
    made = record("celery.app.trace", "Task %(name)s[%(id)s] raised: %(exc)s", facts)
    assert line_of(made)["event"] == "Task chat.sweep[1] raised: ValueError"


def test_asyncios_word_of_a_lost_error_does_not_quote_it() -> None:
    made = record("asyncio", f"Task exception was never retrieved\nfuture: {SECRET}")
    assert line_of(made)["event"] == "Task exception was never retrieved"


@pytest.mark.django_db
def test_a_path_is_told_by_its_pattern(caplog: pytest.LogCaptureFixture) -> None:
    Client().get("/chat/0e6f8a86-0000-4000-8000-00000000dead/x/?q=private")
    Client().get("/api/auth/token?q=private")
    told = [line_of(each) for each in caplog.records if each.name == "django.request"]
    assert [(line["event"], line["route"]) for line in told] == [
        ("Not Found", ""),
        ("Method Not Allowed", "api/auth/token"),
    ]
    assert "dead" not in str(told)
    assert "private" not in str(told)


def test_what_is_bound_stands_on_every_line() -> None:
    log.bind(request="r1")
    try:
        assert line_of(record("chat.turns.turn", "turn_failed"))["request"] == "r1"
    finally:
        log.unbind()
