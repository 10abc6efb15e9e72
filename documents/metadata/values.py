"""The bounds of what may be kept with a document: JSON that search can filter by.

An object of names and values. A value is a text, a number, true, false or null, a list of such,
or another object.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from aiapp.errors import InvalidInput

MAX_BYTES = 32_768
# The metadata's own names are the first level.
MAX_DEPTH = 5
MAX_NAME_CHARS = 100
# PostgreSQL keeps numbers of any length, most programs do not.
MAX_NUMBER = 1e300

# What is not seen, and what JSON can spell and PostgreSQL cannot store.
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_BROKEN = re.compile("[\x00\ud800-\udfff]")


def check(metadata: object, about: str = "The metadata") -> dict[str, Any]:
    """Return the metadata as they will be stored, equal to what was given.

    Raises InvalidInput, which names the metadata by `about`.
    """
    if not isinstance(metadata, Mapping):
        raise _refuse(f"{about} must be an object of names and values.")
    # Looked at before it is written out, so that nesting has an end.
    _check_object(metadata, about, 1)
    try:
        written = json.dumps(dict(metadata), allow_nan=False, ensure_ascii=False)
        stored: dict[str, Any] = json.loads(written)
    except (TypeError, ValueError, RecursionError) as error:
        raise _refuse(f"{about} must be JSON.") from error
    if len(written.encode()) > MAX_BYTES:
        raise _refuse(f"{about} must have at most {MAX_BYTES // 1024} KB.")
    return stored


def check_name(name: object) -> str:
    """Return a name that a value may have. Raises InvalidInput."""
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME_CHARS:
        raise _refuse(f"A name in metadata has 1 to {MAX_NAME_CHARS} characters.")
    if _CONTROL.search(name) or _BROKEN.search(name):
        raise _refuse("A name in metadata is one line of text.")
    if name.startswith("$"):
        raise _refuse(f"{name}: a name in metadata does not begin with $.")
    return name


def is_text(value: str) -> bool:
    """Tell if PostgreSQL can store a text."""
    return _BROKEN.search(value) is None


def is_number(value: object) -> bool:
    """Tell if a value is a number that JSON knows; a truth value is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    # Compared first: a whole number may be too large to be looked at otherwise.
    return abs(value) <= MAX_NUMBER and math.isfinite(value)


def _check_object(values: Mapping[Any, Any], about: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise _refuse(f"{about} must be at most {MAX_DEPTH} levels deep.")
    for name, value in values.items():
        _check_value(value, f"{about}: {check_name(name)}", depth, about)


def _check_value(value: object, place: str, depth: int, about: str) -> None:
    if isinstance(value, Mapping):
        _check_object(value, about, depth + 1)
    elif isinstance(value, list | tuple):
        if depth >= MAX_DEPTH:
            raise _refuse(f"{about} must be at most {MAX_DEPTH} levels deep.")
        for each in value:
            _check_value(each, place, depth + 1, about)
    elif isinstance(value, str):
        if not is_text(value):
            raise _refuse(f"{place} holds characters that cannot be stored.")
    elif not (value is None or isinstance(value, bool) or is_number(value)):
        raise _refuse(f"{place} must be a text, a number, true, false, null, a list or an object.")


def _refuse(message: str) -> InvalidInput:
    return InvalidInput(message, code="bad_metadata")
