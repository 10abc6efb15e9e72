"""As many requests work on threads as may have a connection; the others wait for their turn."""

import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import User
from aiapp.asgi import application
from aiapp.db import in_db
from aiapp.sql import shares
from aiapp.sql.threads import RequestThread

pytestmark = pytest.mark.django_db(transaction=True)

REQUESTS = settings.DATABASE_SHARES.requests
LONG = 60


def connect() -> int:
    """Leave a connection open, and name the thread that has it."""
    connection.ensure_connection()
    return threading.get_ident()


def disconnect() -> None:
    connection.close()


def is_connected() -> bool:
    return connection.connection is not None


@pytest.fixture
def requests() -> Iterator[list[RequestThread]]:
    made: list[RequestThread] = []
    yield made
    for each in made:
        each.shutdown()


@pytest.fixture
def busy(requests: list[RequestThread]) -> list[RequestThread]:
    """As many requests with a connection as there may be."""
    requests += [RequestThread() for _ in range(REQUESTS)]
    threads = {each.submit(connect).result(LONG) for each in requests}
    assert len(threads) == REQUESTS
    return requests


@pytest.fixture
def waiting(busy: list[RequestThread]) -> Iterator[RequestThread]:
    """One more."""
    thread = RequestThread()
    yield thread
    thread.shutdown()


def test_a_request_stays_on_its_thread_while_it_has_a_connection(
    requests: list[RequestThread],
) -> None:
    request = RequestThread()
    requests.append(request)
    first = request.submit(connect).result(LONG)
    assert request.submit(threading.get_ident).result(LONG) == first
    assert request.submit(is_connected).result(LONG)


def test_one_too_many_waits_until_another_has_no_connection_any_more(
    busy: list[RequestThread], waiting: RequestThread
) -> None:
    late = waiting.submit(connect)
    # Those that have a thread go on meanwhile.
    for each in busy:
        assert each.submit(is_connected).result(LONG)
    assert not late.running()
    busy[0].submit(disconnect)
    late.result(LONG)


def test_one_too_many_waits_until_another_is_over_which_leaves_nothing_open(
    busy: list[RequestThread], waiting: RequestThread
) -> None:
    late = waiting.submit(is_connected)
    busy[0].shutdown()
    assert not late.result(LONG)


def test_those_that_wait_come_in_their_order(
    busy: list[RequestThread], requests: list[RequestThread]
) -> None:
    order: list[int] = []
    waiting = [RequestThread() for _ in range(5)]
    jobs = [each.submit(order.append, number) for number, each in enumerate(waiting)]
    busy[0].shutdown()
    for job in jobs:
        job.result(LONG)
    assert order == list(range(5))


def test_who_has_gone_away_is_not_waited_for(
    busy: list[RequestThread], waiting: RequestThread
) -> None:
    gone: Future[Any] = waiting.submit(pytest.fail)
    assert gone.cancel()
    busy[0].shutdown()
    assert waiting.submit(lambda: "next").result(LONG) == "next"
    with pytest.raises(CancelledError):
        gone.result()


def test_an_error_is_told_to_whoever_waits_and_the_thread_serves_on(
    requests: list[RequestThread],
) -> None:
    request = RequestThread()
    requests.append(request)
    with pytest.raises(ZeroDivisionError):
        request.submit(lambda: 1 / 0).result(LONG)
    assert request.submit(lambda: 1).result(LONG) == 1


async def test_who_reads_a_page_slowly_keeps_nobody_from_a_thread() -> None:
    user = await in_db(User.objects.create_user, "ann", "a@example.org", "x")
    cookie = await in_db(_sign_in, user)
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/accounts/settings/",
        "raw_path": b"/accounts/settings/",
        "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"cookie", cookie.encode())],
        "client": ("127.0.0.1", 1),
    }
    readers = [ApplicationCommunicator(_Slow(), scope) for _ in range(3 * REQUESTS)]
    for reader in readers:
        await reader.send_input({"type": "http.request", "body": b""})
    # Each of them has been answered, and none has read it.
    for reader in readers:
        assert (await reader.receive_output(LONG))["status"] == 200
    for reader in readers:
        await reader.send_input({"type": "http.disconnect"})
        await reader.wait(LONG)


class _Slow:
    """The application for a client that takes the head of an answer, and then nothing more."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def send_head(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                await send(message)
            else:
                await receive()

        await application(scope, receive, send_head)


def _sign_in(user: User) -> str:
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


@pytest.mark.parametrize("processes", [1, 2, 3, 4])
def test_all_processes_together_open_what_a_server_may(processes: int) -> None:
    each = shares.divide(10, 20, processes)
    assert processes * (each.loop + each.threads) <= 30
    assert processes * (each.loop_kept + each.threads_kept) <= 10
    # Nobody waits for a connection with a thread in hand.
    assert min(each.loop, each.units, each.requests) >= shares.MIN_EACH


def test_a_small_server_still_goes_on_beside_a_slow_statement() -> None:
    assert min(shares.divide(1, 0, 8)) >= 1
