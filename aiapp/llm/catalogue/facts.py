"""Facts about models by their names: `facts.toml`, and the operator's own file of that form.

A row of MODELS_FILE wins over ours, field by field, so that one line can say how much context a
server was started with.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from aiapp.llm import endpoints
from aiapp.llm.base import ModelInfo
from aiapp.llm.catalogue.kinds import KIND
from aiapp.llm.endpoints import NOTHING

Rows = Mapping[str, Mapping[str, Any]]


# What is said of a model that is none of its abilities.
VENDOR, TOKENIZER, REFUSES = "vendor", "tokenizer", "refuses"
OTHERS = {VENDOR, TOKENIZER, REFUSES, KIND, "price"}
# Claude's tokens are not told by anybody; since Opus 4.7 they are up to 1.35 times as many as
# before, Anthropic says.
SURPLUS = {"claude": 1.35}


def look_up_model(name: str, listed: Mapping[str, Any] = NOTHING) -> ModelInfo:
    """Return the facts about a model; an unknown one takes text and no more.

    `listed` is what its endpoint says. Of a model of an administrator's endpoint the row says it,
    and what the administrator says is right.
    """
    fields = _collect(name, listed)
    return ModelInfo(**{"name": name, **{key: fields[key] for key in fields if key not in OTHERS}})


def find_context(name: str, listed: Mapping[str, Any] = NOTHING) -> int | None:
    """Return the longest prompt of a model if anybody has told it, not what is assumed else."""
    return _collect(name, listed).get("context")


def _collect(name: str, listed: Mapping[str, Any]) -> Mapping[str, Any]:
    known, said = name, NOTHING
    if offered := endpoints.find(name):
        known, listed, said = offered.upstream, {**offered.listed, **listed}, offered.overrides
    return {**_find_own_facts(known), **listed, **_find_row(settings.MODELS, known), **said}


def vendor(name: str) -> str:
    """Return the model's vendor, if the operator names it."""
    return str(_find_row(settings.MODELS, name).get(VENDOR, ""))


def refuses(name: str) -> Sequence[str]:
    """Return what the model's server refuses in requests, if the operator says so."""
    refused: Sequence[str] = _find_row(settings.MODELS, name).get(REFUSES, ())
    return refused


def find_tokenizer(name: str) -> tuple[str, float]:
    """The name of a model's tokenizer, "" if unknown, and how many times as many to reckon with."""
    if offered := endpoints.find(name):
        name = offered.upstream
    row = {**_find_own_facts(name), **_find_row(settings.MODELS, name)}
    return str(row.get(TOKENIZER, "")), SURPLUS.get(_beginning(name), 1.0)


def _beginning(name: str) -> str:
    return name.lower().rpartition("/")[2].partition("-")[0]


def concurrency(name: str) -> int:
    """Return how many answers a model makes at once for a server; 0 is no bound."""
    own = look_up_model(name).concurrency
    return settings.MODEL_CONCURRENCY if own is None else own


def _find_row(rows: Rows, name: str) -> Mapping[str, Any]:
    """The row of the longest beginning; a name may carry its owner, as `Qwen/Qwen3-8B`."""
    names = name.lower(), name.lower().rpartition("/")[2]
    fitting = [row for row in rows if any(form.startswith(row.lower()) for form in names)]
    return rows[max(fitting, key=len)] if fitting else {}


@lru_cache(maxsize=1024)
def _find_own_facts(name: str) -> Mapping[str, Any]:
    return _find_row(_ours(), name)


@cache
def _ours() -> Rows:
    return tomllib.loads(Path(__file__).with_name("facts.toml").read_text(encoding="utf-8"))
