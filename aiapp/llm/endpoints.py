"""The endpoints that administrators have connected, beside those of the environment.

Their rows are chat's (`chat.endpoints`), which puts here what it has read: one snapshot that never
changes and is replaced as a whole. So nobody sees half of a change, and no question asks the
database where its model is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server of models. `vendor` names the folder in `aiapp.llm.providers` that speaks to it."""

    id: int
    name: str
    vendor: str
    base_url: str
    api_key: str = field(default="", repr=False)
    # Its key was encrypted with a secret that this site no longer has.
    is_locked: bool = False


@dataclass(frozen=True, slots=True)
class OfferedModel:
    """A model that is switched on: `name` is what questions call it, `upstream` its server."""

    name: str
    upstream: str
    endpoint: Endpoint
    label: str = ""
    # The groups whose members may use it; None for everybody.
    groups: frozenset[int] | None = None
    # What its server says of it and what the administrator says, by the fields of `ModelInfo`.
    listed: Mapping[str, Any] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All models that are switched on, in their order."""

    models: Mapping[str, OfferedModel] = field(default_factory=dict)
    # The model of whoever names none; "" leaves that to the environment.
    default: str = ""
    # Models that are switched off or were deleted: their questions go nowhere else.
    closed: frozenset[str] = frozenset()
    # The models that answer in place of one that is busy or away.
    fallbacks: tuple[str, ...] = ()


@dataclass(slots=True)
class _Held:
    snapshot: Snapshot = field(default_factory=Snapshot)


_held = _Held()


def current() -> Snapshot:
    return _held.snapshot


def replace(snapshot: Snapshot) -> None:
    """Put another snapshot in the place of the last one."""
    _held.snapshot = snapshot


def find(name: str) -> OfferedModel | None:
    """Return the model of this name, if it is one of an administrator's endpoints."""
    return _held.snapshot.models.get(name)


def find_first_for_all() -> str:
    """Return the first model that everybody may use; "" without one."""
    return next((each.name for each in current().models.values() if each.groups is None), "")


def list_fallbacks(name: str, configured: Iterable[str]) -> list[str]:
    """Return who answers in place of a model: those of the environment, then the administrator's.

    Which of them the one who asks may use is not looked at here.
    """
    chain = dict.fromkeys([*configured, *current().fallbacks])
    return [other for other in chain if other != name]


def is_restricted(name: str) -> bool:
    model = find(name)
    return model is not None and model.groups is not None


def list_keys() -> list[str]:
    """Return all keys, none of which an answer may hold."""
    keys = (model.endpoint.api_key for model in current().models.values())
    return list(dict.fromkeys(key for key in keys if key))
