"""The vendors of models, and the client of each one's endpoint."""

import asyncio
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import cast

from aiapp.concurrency.late import importing
from aiapp.llm import endpoints
from aiapp.llm.base import Client, Vendor
from aiapp.llm.catalogue import facts
from aiapp.llm.errors import ModelRefused
from aiapp.llm.openai_library import load_now

# A folder each, with `Vendor` in `__init__.py` and `Client` in `chat.py`, which is imported when
# the first question comes. In the order in which they are asked whether a model is theirs.
VENDORS = {
    "quotes": "aiapp.llm.providers.quotes",
    "anthropic": "aiapp.llm.providers.anthropic",
    "local": "aiapp.llm.providers.local",
    "openai": "aiapp.llm.providers.openai",
}


@dataclass(frozen=True, slots=True)
class Place:
    """The endpoint where a model is asked, and the name that it has there."""

    vendor: str
    base_url: str
    api_key: str = field(repr=False)
    model: str = ""
    is_locked: bool = False


_clients: dict[tuple[str, str, str], Client] = {}
# The vendors' `chat.py`, each when its body has run. A name in `sys.modules` says only that it
# has begun to.
_modules: dict[str, ModuleType] = {}


def list_configured() -> list[str]:
    return [name for name in VENDORS if _vendor(name).is_configured()]


def load_configured() -> None:
    """Import the clients of all vendors that the environment sets up."""
    for name in list_configured():
        _import(f"{VENDORS[name]}.chat")


def vendor_of(model: str) -> str:
    """Return a model's vendor: the operator's choice, or the first configured that claims it."""
    names = list_configured()
    wanted = facts.vendor(model)
    if wanted in names:
        return wanted
    claims = (name for name in names if _vendor(name).claims(model))
    return next(claims, names[-1])


def endpoint_of(vendor: str) -> str:
    """Return the base URL of the vendor's models; empty for the vendor's own endpoint."""
    return _vendor(vendor).access()[0]


def find_place(model: str) -> Place:
    """Return where a model is asked: at an administrator's endpoint, or at its vendor's."""
    if offered := endpoints.find(model):
        at = offered.endpoint
        return Place(at.vendor, at.base_url, at.api_key, offered.upstream, at.is_locked)
    vendor = vendor_of(model)
    return Place(vendor, *_vendor(vendor).access(), model)


async def client(vendor: str) -> Client:
    """The client of a vendor's endpoint."""
    return await client_at(Place(vendor, *_vendor(vendor).access()))


async def client_at(place: Place) -> Client:
    """The client of an endpoint. Raises ModelRefused if its key cannot be read."""
    if place.is_locked:
        raise ModelRefused(
            "The key of this model's server cannot be read. The administrator must enter it again."
        )
    await _load(place.vendor)
    key = place.vendor, place.base_url, place.api_key
    if key not in _clients:
        _clients[key] = _make_client(place)
    return _clients[key]


async def make_client(place: Place) -> Client:
    """Make a client of one's own, to be closed by whoever asked for it."""
    await _load(place.vendor)
    return _make_client(place)


async def _load(vendor: str) -> None:
    path = f"{VENDORS[vendor]}.chat"
    if path not in _modules:
        # On a thread, since some vendors' libraries take a second to import.
        await asyncio.to_thread(_import, path)


def _make_client(place: Place) -> Client:
    module = _modules[f"{VENDORS[place.vendor]}.chat"]
    made: Client = module.Client(place.base_url, place.api_key)
    return made


def _import(path: str) -> None:
    with importing:
        # Its HTTP client is the other vendors' as well.
        load_now()
        _modules[path] = import_module(path)


async def close() -> None:
    """Close the connections of the running loop."""
    for made in list(_clients.values()):
        await made.close()


@cache
def _vendor(name: str) -> Vendor:
    return cast(Vendor, import_module(VENDORS[name]))
