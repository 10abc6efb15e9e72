"""A runner that is gone is missed at once, one that merely lost its connection is not."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, aclosing
from datetime import timedelta
from pathlib import Path
from typing import Self
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from aiapp.concurrency.commands import ask
from aiapp.db import in_db
from aiapp.embedded import valkey
from aiapp.redis import async_redis
from chat import tasks
from chat.log import hub, lease, presence
from chat.log.events import Entry
from chat.models import Attempt, Turn
from chat.reading import reader
from chat.reading.reader import read
from chat.tests.conftest import ask as ask_question
from chat.tests.conftest import entries, reload_turn, text_of
from chat.tests.turns.test_handing_over import await_takeover
from chat.tests.turns.test_taking_over import abandon_turn
from chat.turns.running import losses, waiting
from chat.turns.running.runner import Runner, runner

ANSWER = "".join(f"w{n} " for n in range(10))
LONG = 3600


class OwnServer:
    """A Valkey of the test's own, which can be started anew and keeps its data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self.url = self.start()

    def start(self) -> str:
        server = valkey.run_temporarily(self._folder / "data", self._folder, persistent=True)
        return self._stack.enter_context(server).url

    def restart(self) -> None:
        self._stack.close()
        self.start()

    def end(self) -> None:
        self._stack.close()


class Firewall:
    """A relay between a process and Redis that may forget connections without a word."""

    def __init__(self, server: str) -> None:
        self._server = server
        self.path = f"{server}.firewall"
        self._here: list[asyncio.StreamWriter] = []
        self._beyond: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_unix_server(self._serve, self.path)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.close()
        for writer in (*self._here, *self._beyond):
            writer.close()
            await writer.wait_closed()

    def forget(self) -> None:
        for writer in self._beyond:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, beyond = await asyncio.open_unix_connection(self._server)
        self._here.append(writer)
        self._beyond.append(beyond)
        await asyncio.gather(_pass_on(reader, beyond), _pass_on(there, writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(4096):
        writer.write(data)
        await writer.drain()


@pytest.fixture
def holder() -> str:
    """The name of a runner that no other test has."""
    return f"a process {uuid4().hex}"


@pytest.fixture
def own_server(settings: Settings) -> Iterator[OwnServer]:
    # pytest's own folders may be too long for a socket.
    with tempfile.TemporaryDirectory(prefix="aiapp-") as folder:
        server = OwnServer(Path(folder))
        settings.REDIS_URL = server.url
        yield server
        server.end()


@pytest.fixture(autouse=True)
def _silences_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "SILENCE_SECONDS", 0.05)
    monkeypatch.setattr(reader, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(hub, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(presence, "CONFIRM_SECONDS", 0.05)


async def until(is_so: Callable[[presence.Standing], bool], holder: str) -> None:
    while True:
        try:
            if is_so(await presence.look(holder)):
                return
        except OSError:
            # Redis is just being started anew.
            pass
        await asyncio.sleep(0.01)


async def let_live_and_die(holder: str) -> None:
    """Have a runner listen in a loop of its own, whose end is that of its connections."""

    async def live() -> None:
        presence.Presence(holder).start()
        await until(lambda standing: standing.listens, holder)
        while not await async_redis().exists(f"{presence.name_channel(holder)}:server"):
            await asyncio.sleep(0.01)

    await asyncio.to_thread(asyncio.run, live())
    await until(lambda standing: not standing.listens, holder)


async def let_live(holder: str) -> None:
    presence.Presence(holder).start()
    await until(lambda standing: standing.listens, holder)


async def abandon(alice: User, holder: str, *, seconds: float = 0) -> Turn:
    """A turn of a runner, as old as said."""
    turn = (await abandon_turn(alice)).turn

    def settle() -> None:
        Turn.objects.update(created=timezone.now() - timedelta(seconds=seconds))
        Attempt.objects.update(runner=holder)

    await in_db(settle)
    return turn


async def look(turn: Turn, count: int = 4) -> None:
    """Read what says nothing, for so many looks after its runner."""
    async with aclosing(read(turn)) as batches:
        found: list[Entry] = []
        for _ in range(count):
            found += await anext(batches)
    assert found == []


async def is_called_for(turn: Turn) -> bool:
    return await async_redis().zscore(waiting.KEY, str(turn.id)) is not None


async def test_one_that_died_is_gone_and_one_that_never_listened_is_not(
    own_server: OwnServer, holder: str
) -> None:
    await let_live_and_die(holder)
    assert (await presence.look(holder)).is_gone
    stranger = await presence.look("a process of the release before")
    assert (stranger.listens, stranger.is_gone) == (False, False)


async def test_one_whose_connection_is_cut_listens_again(
    own_server: OwnServer, holder: str
) -> None:
    await let_live(holder)
    await ask(("CLIENT", "KILL", "TYPE", "pubsub"))
    await until(lambda standing: standing.listens, holder)
    assert not (await presence.look(holder)).is_gone


async def test_one_whose_connection_ended_on_the_other_side_alone_notices_it_by_itself(
    own_server: OwnServer, settings: Settings, holder: str
) -> None:
    await ask(("PING",))
    async with Firewall(own_server.url.removeprefix("unix://")) as firewall:
        settings.REDIS_URL = f"unix://{firewall.path}"
        living = presence.Presence(holder)
        living.start()
        await until(lambda standing: standing.listens, holder)
        settings.REDIS_URL = own_server.url
        firewall.forget()
        await until(lambda standing: not standing.listens, holder)
        await living.check()
        await until(lambda standing: standing.listens, holder)
    assert not (await presence.look(holder)).is_gone


async def test_a_server_that_was_started_anew_takes_nobody_for_gone(
    own_server: OwnServer, holder: str
) -> None:
    """Its data are there again, the marks among them, and its listeners are not."""
    await let_live_and_die("one that died before")
    await let_live(holder)
    looking = asyncio.create_task(watch_for_one_that_is_gone(holder))
    await asyncio.to_thread(own_server.restart)
    await until(lambda standing: standing.listens, holder)
    looking.cancel()
    assert not (await presence.look("one that died before")).is_gone
    assert await asyncio.gather(looking, return_exceptions=True) != [True]


async def watch_for_one_that_is_gone(holder: str) -> bool:
    await until(lambda standing: standing.is_gone, holder)
    return True


@pytest.mark.parametrize("has_lease", [True, False])
async def test_its_readers_have_its_turns_run_before_their_lease_ends(
    alice: User, settings: Settings, holder: str, *, has_lease: bool
) -> None:
    """Also one that is too young to have a lease."""
    settings.TURN_LEASE_SECONDS = LONG
    turn = await abandon(alice, holder)
    if has_lease:
        await async_redis().set(lease.key(turn.id), holder, ex=LONG)
    await let_live_and_die(holder)
    async with aclosing(read(turn)) as batches:
        while not await is_called_for(turn):
            assert await anext(batches) == []
    await Runner().take_over(turn.id)
    assert text_of(await entries(turn)) == ANSWER


async def test_of_many_who_miss_it_one_has_its_turns_run(
    alice: User, caplog: pytest.LogCaptureFixture, holder: str
) -> None:
    turns = [await abandon(alice, holder) for _ in range(10)]
    await let_live_and_die(holder)
    await asyncio.gather(*(look(turn) for turn in turns for _ in range(3)))
    assert all([await is_called_for(turn) for turn in turns])
    assert caplog.messages.count("turns_of_the_dead") == 1


async def test_a_sweep_has_those_run_that_nobody_reads(
    alice: User, settings: Settings, holder: str
) -> None:
    settings.TURN_LEASE_SECONDS = LONG
    turn = await abandon(alice, holder)
    await asyncio.to_thread(tasks.sweep)
    assert not await is_called_for(turn)
    await let_live_and_die(holder)
    await asyncio.to_thread(tasks.sweep)
    assert await is_called_for(turn)


async def test_one_that_lives_keeps_its_turns(alice: User, holder: str) -> None:
    turn = await abandon(alice, holder, seconds=60)
    await async_redis().set(lease.key(turn.id), holder, ex=LONG)
    await let_live(holder)
    await look(turn)
    await asyncio.to_thread(tasks.sweep)
    assert not await is_called_for(turn)


async def test_one_that_hangs_is_missed_when_its_lease_has_lapsed(alice: User, holder: str) -> None:
    turn = await abandon(alice, holder, seconds=60)
    await let_live(holder)
    await look(turn)
    assert await is_called_for(turn)


async def test_a_lease_that_was_lost_with_the_data_of_redis_is_not_missed(
    alice: User, own_server: OwnServer, settings: Settings, holder: str
) -> None:
    turn = await abandon(alice, holder, seconds=2 * LONG)
    await let_live(holder)
    settings.TURN_LEASE_SECONDS = LONG
    await look(turn)
    await asyncio.to_thread(tasks.sweep)
    assert not await is_called_for(turn)
    settings.TURN_LEASE_SECONDS = 0
    await look(turn)
    assert await is_called_for(turn)


async def test_where_nobody_may_ask_for_listeners_the_lease_alone_counts(
    alice: User, own_server: OwnServer, settings: Settings, holder: str
) -> None:
    await ask(("ACL", "SETUSER", "default", "-pubsub", "-info"))
    turn = await abandon(alice, holder, seconds=60)
    await async_redis().set(lease.key(turn.id), holder, ex=LONG)
    await look(turn)
    assert not await is_called_for(turn)
    await async_redis().delete(lease.key(turn.id))
    await look(turn)
    assert await is_called_for(turn)


async def test_one_that_was_taken_for_gone_and_lives_doubles_nothing(
    alice: User, holder: str
) -> None:
    """The worst case: both have words, one of them has its answer kept, and readers see one."""
    turn = (await ask_question(alice, "count-10-100")).turn
    found: list[Entry] = []
    async with aclosing(read(turn)) as batches:
        while not text_of(found):
            found += await anext(batches)
        await losses.replace(runner().holder)
        heir = Runner()
        taking = asyncio.create_task(heir.take_over(turn.id))
        taken = await await_takeover(turn, taking)
        found += [entry async for batch in batches for entry in batch]
    await taking
    assert text_of(found) == ANSWER
    assert [entry.is_last for entry in found].count(True) == 1
    turn = await reload_turn(taken)
    assert (turn.state, turn.attempt, turn.message.content) == (Turn.State.DONE, 2, ANSWER)
    attempts = await in_db(lambda: list(Attempt.objects.filter(turn=turn)))
    assert [each.outcome for each in attempts] == ["interrupted", "done"]
