"""The models that may be used, and their abilities."""

import asyncio
import time
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from aiapp.errors import InvalidInput
from aiapp.llm import endpoints, moderation, reranking, speech, vendors
from aiapp.llm.base import ChatModel, ModelInfo
from aiapp.llm.catalogue import facts, lessons
from aiapp.llm.catalogue.kinds import KIND, can_chat
from aiapp.llm.embedding import client
from aiapp.llm.endpoints import NOTHING
from aiapp.llm.errors import ModelError, ModelRefused
from aiapp.llm.providers.local import PACKAGED as LOCAL
from aiapp.llm.providers.quotes import MODEL as QUOTES
from aiapp.llm.routing.routes import RoutedModel

LISTING_SECONDS = 60.0
UNKNOWN_MODEL = "unknown_model"
# The models that need no server of anybody's.
OURS = {model.name: model for model in (LOCAL, QUOTES)}
# What a model is not able to whose server refuses this in a request.
ABILITIES = {"tools": "tools", "pictures": "vision", "temperature": "temperature"}
ABILITIES |= {"reasoning_effort": "thinking"}


@dataclass
class Listing:
    """The endpoints' last lists of models, and the time until which they are believed."""

    places: list[str] = field(default_factory=list)
    models: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    expires: float = 0.0

    def is_fresh(self) -> bool:
        return time.monotonic() < self.expires and self.places == _places()


_listing = Listing()
# The event loop of a web process, and its request for the lists that is under way.
_main: asyncio.AbstractEventLoop | None = None
_refreshing: set[asyncio.Future[list[str]]] = set()


def info(name: str) -> ModelInfo:
    """Return a model's abilities by its name, its endpoint and the operator, who is right."""
    if name in OURS:
        return OURS[name]
    return facts.look_up_model(name, {**_listing.models.get(name, {}), **_read_lessons(name)})


def find_context(name: str) -> int | None:
    """Return a model's longest prompt in tokens, None where nobody has told it."""
    if name in OURS:
        return None if OURS[name].verbatim else OURS[name].context
    return facts.find_context(name, _listing.models.get(name, NOTHING))


def _read_lessons(name: str) -> dict[str, bool]:
    """Return the abilities that the model's server has refused when they were used."""
    place = vendors.find_place(name)
    refused = lessons.find_refused(place.base_url, place.model)
    return {field: False for what, field in ABILITIES.items() if what in refused}


def get_title(name: str) -> str:
    """Return the name that people are shown for a model."""
    if offered := endpoints.find(name):
        return offered.label or name
    title = OURS[name].title if name in OURS else ""
    return gettext(title) if title else name


def chat_model(name: str) -> ChatModel:
    """A model, or its fallback while it is away, see `aiapp.llm.routing.routes`."""
    return RoutedModel(name, _ensure_offered)


async def _ensure_offered(name: str) -> None:
    """Raises ModelRefused for a model that was taken away, unless the environment has it too.

    What was asked of one server is never sent to another for having the same protocol.
    """
    if name not in endpoints.current().closed or name in _list_configured():
        return
    if name not in await names():
        raise ModelRefused("This model was removed. Choose another one, and ask again.")


async def close_clients() -> None:
    """Close the running loop's connections; for loops that end, as a worker's does."""
    await vendors.close()
    await client.close_client()
    await reranking.close_client()
    await speech.close_client()
    await moderation.close_client()


async def names() -> list[str]:
    """Return every model name that a question may carry, the default first."""
    if not _listing.is_fresh():
        places = _places()
        told = await asyncio.gather(*map(_list_models, vendors.list_configured()))
        # Whoever does not answer for a moment has the models of before all the same.
        stays = None in told and _listing.places == places
        listed = [each for each in told if each is not None]
        _listing.models = dict(ChainMap(*listed, dict(_listing.models) if stays else {}))
        _listing.places = places
        _listing.expires = time.monotonic() + LISTING_SECONDS
    return known_names()


def known_names() -> list[str]:
    """Return the names as the servers listed them last, without asking them now.

    In a web process a list that has grown old is asked for again meanwhile.
    """
    if _main is not None and not _main.is_closed() and not _listing.is_fresh():
        _main.call_soon_threadsafe(_refresh)
    offered = [default_name(), *endpoints.current().models, *list_environment_names()]
    if offered[0] != QUOTES.name:
        # Quotes stand last where a model can write answers.
        offered = [name for name in offered if name != QUOTES.name]
    return list(dict.fromkeys([*offered, *_list_ours()]))


def list_environment_names() -> list[str]:
    """Return the names of the environment's models, as far as its servers have listed them."""
    models = _listing.models if _listing.places == _places() else {}
    listed = [name for name, row in models.items() if can_chat(name, row.get(KIND, ""))]
    return list(dict.fromkeys([*_list_configured(), *listed]))


def start() -> None:
    """Have lists of models fetched in the running event loop from now on, and the first one now."""
    global _main  # noqa: PLW0603 - there is one web process to a process
    _main = asyncio.get_running_loop()
    _refresh()


def _refresh() -> None:
    if not _refreshing:
        task = asyncio.ensure_future(names())
        _refreshing.add(task)
        task.add_done_callback(_refreshing.discard)


def _places() -> list[str]:
    return [vendors.endpoint_of(vendor) for vendor in vendors.list_configured()]


async def _list_models(vendor: str) -> dict[str, Mapping[str, Any]] | None:
    """Return what a server lists; None if it lists nothing now."""
    try:
        return dict(await (await vendors.client(vendor)).list_models())
    except ModelError:
        # Not every server lists its models; the configured names stay usable.
        return None


async def resolve(name: str) -> str:
    """The model to use for a requested name, `""` meaning the default.

    Raises InvalidInput for a name outside the allowed ones.
    """
    if not name:
        return default_name()
    known = (*_list_configured(), *_list_ours())
    if endpoints.find(name) or name in known or name in await names():
        return name
    raise unknown_model(name)


def unknown_model(name: str) -> InvalidInput:
    """Return the error of a model that does not exist, or not for the one who names it."""
    return InvalidInput(f"There is no model {name[:80]!r}.", code=UNKNOWN_MODEL)


def default_name() -> str:
    """Return the model of whoever names none: the administrator's choice before CHAT_MODEL.

    Where the environment connects nothing, the first model that an administrator has connected.
    """
    if chosen := endpoints.current().default:
        return chosen
    if settings.LOCAL_CHAT and endpoints.find(settings.CHAT_MODEL) is None:
        return endpoints.find_first_for_all() or settings.CHAT_MODEL
    return settings.CHAT_MODEL


def is_connected() -> bool:
    """Check whether anybody has connected a model, in the environment or as an administrator."""
    return not settings.LOCAL_CHAT or bool(endpoints.current().models)


def _list_configured() -> list[str]:
    return [settings.CHAT_MODEL, *settings.CHAT_MODELS]


def _list_ours() -> list[str]:
    """Return the models that are there without any server."""
    # An installation without the packaged server, as on Kubernetes, has no key for it either.
    has_demo = settings.LOCAL_CHAT and settings.LOCAL_CHAT_KEY
    return [*([LOCAL.name] if has_demo else []), QUOTES.name]
