"""The ASGI application: pages and API over HTTP, chat over WebSocket."""

# The environment must be complete before Django is set up, and Django before apps are imported.
# ruff: noqa: E402

import gc
from threading import Thread
from typing import Any, cast

from aiapp import env

# A collection of garbage looks at all that lives, and whatever is imported here does.
gc.disable()

env.set_web_defaults()

import django
from asgiref.sync import ThreadSensitiveContext
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import SessionMiddlewareStack
from django.urls import reverse

django.setup(set_prefix=False)

from aiapp.body_limit import BodyLimit
from aiapp.http.lifecycle import lifespan, on_end, on_shutdown, on_startup, run_soon
from aiapp.http.on_the_loop import Handler, ProgramsHandler, is_of_program
from aiapp.llm import registry, tokens, vendors
from aiapp.observability import figures
from aiapp.observability.watchdog import ServerWatch
from chat.endpoints import loading
from chat.protocols.routing import websocket_urlpatterns
from chat.tools import registry as tools
from chat.turns.running.handover import drain, hand_over, replace_dead
from chat.turns.running.runner import runner
from chat.turns.running.taker import taker

pages_application, programs_application = Handler(), ProgramsHandler()
_watch = ServerWatch()
on_shutdown(drain)
# Of a question that came over a connection that was open until now.
on_end(hand_over)
on_end(figures.flush)
on_startup(_watch.start)
on_end(_watch.stop)
on_startup(registry.start)
on_startup(loading.listen)
on_startup(lambda: runner().appear())
on_startup(lambda: taker().start())
on_startup(lambda: run_soon(replace_dead()))
# A collection of garbage stops everything while it looks at all that lives, which a long text sets
# off several times. What stands here when the process starts stays for good and needs no look.
on_startup(gc.freeze)
# The default looks each time that there are 700 more, which the events of hundreds of streams are
# all the time, though next to nothing of them is ever garbage.
on_startup(lambda: gc.set_threshold(20_000, 20, 20))


def _load_tools() -> None:
    """Load what tools are described with, unless there are only quotes, which use none."""
    if vendors.list_configured():
        tools.preload()


_PRELOADS = (tokens.preload, vendors.load_configured, _load_tools)


def load_addresses() -> None:
    """Import all pages and the API, which the first request would stop everything for."""
    reverse("chat:home")


def preload() -> None:
    """Load what the first question would have to wait for, unless that was done before."""
    for load in (load_addresses, *_PRELOADS):
        load()


def _preload_beside() -> None:
    # A thread would not survive the fork of a process, so there is none before.
    for load in _PRELOADS:
        Thread(target=load, name="preload", daemon=True).start()


on_startup(_preload_beside)
_websocket: Any = SessionMiddlewareStack(URLRouter(cast(Any, websocket_urlpatterns)))


async def websocket(scope: Any, receive: Any, send: Any) -> None:
    """Each socket has a thread of its own for database work; all would share one otherwise."""
    async with ThreadSensitiveContext():
        await _websocket(scope, receive, send)


async def http(scope: Any, receive: Any, send: Any) -> None:
    handler = programs_application if is_of_program(scope) else pages_application
    await handler(scope, receive, send)


application = ProtocolTypeRouter(
    {
        "http": BodyLimit(http),
        "websocket": websocket,
        "lifespan": lifespan,
    }
)
gc.enable()
