"""The vendors of models, and the client of each one's endpoint."""

import asyncio
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import cast

from aiapp.concurrency.late import importing
from aiapp.llm.base import Client, Vendor
from aiapp.llm.catalogue import facts
from aiapp.llm.openai_library import load_now

# A folder each, with `Vendor` in `__init__.py` and `Client` in `chat.py`, which is imported when
# the first question comes. In the order in which they are asked whether a model is theirs.
VENDORS = {
    "quotes": "aiapp.llm.providers.quotes",
    "anthropic": "aiapp.llm.providers.anthropic",
    "local": "aiapp.llm.providers.local",
    "openai": "aiapp.llm.providers.openai",
}

_clients: dict[tuple[str, str, str], Client] = {}
# The vendors' `chat.py`, each when its body has run. A name in `sys.modules` says only that it
# has begun to.
_modules: dict[str, ModuleType] = {}


def list_configured() -> list[str]:
    return [name for name in VENDORS if _vendor(name).is_configured()]


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


async def client(vendor: str) -> Client:
    """The client of a vendor's endpoint."""
    path = f"{VENDORS[vendor]}.chat"
    if path not in _modules:
        # On a thread, since some vendors' libraries take a second to import.
        await asyncio.to_thread(_load, path)
    place = vendor, *_vendor(vendor).access()
    if place not in _clients:
        _clients[place] = _modules[path].Client(*place[1:])
    return _clients[place]


def _load(path: str) -> None:
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
