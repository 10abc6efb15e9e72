"""Reading of the endpoints' rows into the snapshot that `aiapp.llm.endpoints` holds.

A web process hears of every change over Redis and reads the rows anew at once. Whoever does not
listen - a worker, a command, a process whose connection to Redis is broken - believes what it has
read for a few seconds. In neither case does a question ask the database.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import Error, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from aiapp.concurrency.per_loop import PerLoop
from aiapp.db import in_db
from aiapp.llm import endpoints
from aiapp.llm.endpoints import OfferedModel, Snapshot
from aiapp.redis import blocking_redis, sync_redis
from chat.endpoints import keys
from chat.endpoints.presets import KINDS, OWN
from chat.models import Endpoint, EndpointModel, FormerModel

logger = logging.getLogger(__name__)

CHANNEL = "endpoints:changed"
# How long what was read is believed where nobody listens.
BELIEVED_SECONDS = 3.0
# A listener reads again so often all the same, for what Redis was not there to tell.
REREAD_SECONDS = 60.0
RETRY_SECONDS = 1.0


@dataclass(slots=True)
class _Reading:
    until: float = 0.0
    # Whether a change would be heard of.
    is_listening: bool = False


_reading = _Reading()


def is_due() -> bool:
    return not _reading.is_listening and time.monotonic() >= _reading.until


async def refresh() -> None:
    """Read the rows again, if what is known may be old."""
    if is_due():
        await in_db(load)


def refresh_now() -> None:
    """Do the same in synchronous code."""
    if is_due():
        load()


def load() -> None:
    """Read the rows. While the database is away, what was read last stays."""
    _reading.until = time.monotonic() + BELIEVED_SECONDS
    try:
        endpoints.replace(build_snapshot())
    except Error as error:
        logger.warning("endpoints_unread", extra={"reason": type(error).__name__})


def build_snapshot() -> Snapshot:
    # Apart from their models, each of which would bring its endpoint's whole list along. The kind
    # may be one of a release that knows more of them than this one.
    in_use = {
        endpoint.pk: endpoint
        for endpoint in Endpoint.objects.filter(is_enabled=True, kind__in=list(KINDS))
    }
    servers = {pk: describe_endpoint(endpoint) for pk, endpoint in in_use.items()}
    models, default, closed, fallbacks = {}, "", set(), []
    for row in EndpointModel.objects.prefetch_related("groups"):
        if not row.is_enabled or row.endpoint_id not in in_use:
            closed.add(row.name)
            continue
        listed = in_use[row.endpoint_id].listed.get(row.upstream, {})
        models[row.name] = _describe_model(row, servers[row.endpoint_id], listed)
        if row.is_default and row.is_for_all:
            default = row.name
        if row.fallback is not None:
            fallbacks.append((row.fallback, row.name))
    closed |= set(FormerModel.objects.values_list("name", flat=True)) - models.keys()
    order = tuple(name for _, name in sorted(fallbacks))
    return Snapshot(models, default, frozenset(closed), order)


def describe_endpoint(row: Endpoint) -> endpoints.Endpoint:
    """Return an endpoint with its key; locked where the key cannot be read."""
    try:
        key, is_locked = keys.unseal(row.sealed_key), False
    except keys.KeyUnreadable:
        logger.warning("endpoint_key_unreadable", extra={"endpoint": row.name})
        key, is_locked = "", True
    vendor, address = KINDS[row.kind].vendor, row.address
    if row.kind == OWN:
        # Its socket and its key are made anew with an installation's place.
        address, key = settings.LOCAL_CHAT_URL, settings.LOCAL_CHAT_KEY
    return endpoints.Endpoint(row.pk, row.name, vendor, address, key, is_locked)


def _describe_model(row: EndpointModel, server: endpoints.Endpoint, listed: object) -> OfferedModel:
    return OfferedModel(
        row.name,
        row.upstream,
        server,
        row.label,
        None if row.is_for_all else frozenset(group.pk for group in row.groups.all()),
        dict(keep_abilities(listed)),
        row.overrides,
    )


def keep_abilities(listed: object) -> Iterator[tuple[str, object]]:
    if not isinstance(listed, dict):
        return
    for field, kind in (("context", int), ("vision", bool), ("tools", bool)):
        if type(listed.get(field)) is kind:
            yield field, listed[field]


def describe_locked_key() -> str:
    """Say what to do about a key that cannot be read."""
    return _(
        "The stored key cannot be read because it was encrypted with another SECRET_KEY. Enter it"
        " again, or add the former secret to SECRET_KEY_FALLBACKS."
    )


# -- Telling of changes -------------------------------------------------------------------------


def note_new_name(sender: object, instance: EndpointModel, **more: Any) -> None:
    """Note the name that a model had until now, before it is saved with another."""
    _note_former(EndpointModel.objects.filter(pk=instance.pk).exclude(name=instance.name))


def note_deletion(sender: object, instance: EndpointModel, **more: Any) -> None:
    _note_former(EndpointModel.objects.filter(pk=instance.pk))


def _note_former(rows: QuerySet[EndpointModel]) -> None:
    former = [FormerModel(name) for name in rows.values_list("name", flat=True)]
    FormerModel.objects.bulk_create(former, ignore_conflicts=True)


def tell_of(sender: object, **more: Any) -> None:
    """Have all processes read the rows again, once what was changed is committed."""
    transaction.on_commit(_publish)


def _publish() -> None:
    _reading.until = 0.0
    load()
    try:
        with sync_redis() as client:
            client.publish(CHANNEL, b"1")
    except (RedisError, OSError) as error:
        logger.warning("endpoint_change_untold", extra={"reason": type(error).__name__})


class Listener:
    """A web process's ear for changes, in a task that lasts as long as its loop."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._listen(), name="endpoints")

    async def stop(self) -> None:
        _reading.is_listening = False
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _listen(self) -> None:
        while True:
            try:
                async with blocking_redis().pubsub() as calls:
                    await calls.subscribe(CHANNEL)
                    while True:
                        # After the subscription, so that nothing is missed between the two.
                        await in_db(load)
                        _reading.is_listening = True
                        await calls.get_message(
                            ignore_subscribe_messages=True, timeout=REREAD_SECONDS
                        )
            except (RedisError, OSError) as error:
                logger.warning("endpoints_unheard", extra={"reason": type(error).__name__})
            finally:
                _reading.is_listening = False
            await asyncio.sleep(RETRY_SECONDS)


listeners = PerLoop(Listener, Listener.stop)


def listen() -> None:
    """Hear of changes in the running event loop from now on."""
    listeners.get().start()
