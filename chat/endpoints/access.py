"""The models that somebody may use: the door for every name of a model that somebody gives.

A model of an administrator's endpoint may be for some groups alone. To everybody else it is a
model that does not exist. A superuser may use all. Only restricted models cost a query.
"""

from collections.abc import Iterable
from dataclasses import replace

from django.conf import settings

from accounts.models import User
from aiapp.db import in_db
from aiapp.llm import endpoints, registry
from aiapp.llm.base import Prompt
from chat.endpoints import loading


async def list_names(user: User) -> list[str]:
    """Return the models that a question of the user's may name, the default first."""
    await loading.refresh()
    names = await registry.names()
    if not any(map(endpoints.is_restricted, names)):
        return names
    return await in_db(_select_usable, user, names)


def list_known_names(user: User) -> list[str]:
    """Return the same, as far as servers have listed them already."""
    loading.refresh_now()
    return _select_usable(user, registry.known_names())


async def resolve(user: User, name: str) -> str:
    """Return the model to use for a name, "" meaning the default. Raises InvalidInput."""
    await loading.refresh()
    resolved = await registry.resolve(name)
    await ensure_usable(user, resolved)
    return resolved


async def ensure_usable(user: User, name: str) -> None:
    """Raises InvalidInput for a model that is for others."""
    await loading.refresh()
    if endpoints.is_restricted(name):
        await in_db(check, user, name)


def check(user: User, name: str) -> None:
    """Raises InvalidInput, as for a model that does not exist."""
    if not _select_usable(user, [name]):
        raise registry.unknown_model(name)


def can_use(user: User, name: str) -> bool:
    """Check whether a model that was used before can still be."""
    # Where the environment connects servers, one of them may have a model that it does not list.
    is_gone = name in endpoints.current().closed or settings.LOCAL_CHAT
    if is_gone and name not in registry.known_names():
        return False
    return bool(_select_usable(user, [name]))


async def allow_fallbacks(user: User, prompt: Prompt) -> Prompt:
    """Return the prompt with those restricted fallbacks that the user may use as well."""
    configured = settings.CHAT_FALLBACKS.get(prompt.model, ())
    others = endpoints.list_fallbacks(prompt.model, configured)
    restricted = [name for name in others if endpoints.is_restricted(name)]
    if not restricted:
        return prompt
    return replace(prompt, allowed=frozenset(await in_db(_select_usable, user, restricted)))


def _select_usable(user: User, names: Iterable[str]) -> list[str]:
    names = list(names)
    if user.is_superuser or not any(map(endpoints.is_restricted, names)):
        return names
    mine = set(user.groups.values_list("pk", flat=True))
    models = endpoints.current().models
    return [name for name in names if name not in models or _is_for(models[name].groups, mine)]


def _is_for(groups: frozenset[int] | None, mine: set[int]) -> bool:
    return groups is None or bool(groups & mine)
