"""Filters by metadata, in the words of MongoDB, which LangChain and most vector stores use.

    {"author": "Ann"}                               is "Ann", or a list that holds it
    {"year": {"$gte": 2020, "$lt": 2024}}           numbers are compared as numbers
    {"date": {"$gte": "2024-01-01"}}                dates as dates, whatever their time zones
    {"labels": {"$in": ["draft", "final"]}}         any of these
    {"$or": [{"year": 2020}, {"$not": {"author": {"$exists": true}}}]}

Conditions side by side must all hold. `$ne`, `$nin` and `$not` are the exact opposites of the
others, so they also hold where there is no such value. A value of another type is never less or
greater, and no error either: metadata is written by many.

A filter becomes an SQL/JSON path, handed to PostgreSQL as one parameter, in which names and values
are quoted literals. It asks `exists(… ? (…))` of each value, which is true or false and never
unknown, so that it can be turned around.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiapp.errors import InvalidInput
from documents.metadata.values import MAX_DEPTH, check_name, is_number, is_text

# Conditions, and values of lists, in one filter.
MAX_PARTS = 500
MAX_TEXT_CHARS = 2_000
# Of $and, $or, $not and names in each other.
MAX_NESTING = 2 * MAX_DEPTH

_ORDERS = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
_OPERATORS = ("$eq", "$ne", "$in", "$nin", *_ORDERS, "$exists", "$not")
_JOINS = ("$and", "$or", "$not")
_OPPOSITES = {"$ne": "$eq", "$nin": "$in"}
_TRUE, _FALSE = "(1 == 1)", "(1 == 2)"
# What PostgreSQL reads as a date, or a date and time.
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d(?::\d\d)?)?)?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter as SQL/JSON paths: what it says, and as much of it as an index can look up.

    The second holds wherever the first does. Dates are left out of it: their comparison depends
    on a time zone, and what does is in no index.
    """

    path: str
    indexed: str


def parse_condition(raw: object) -> Condition | None:
    """Return a filter's condition; None for one that is empty. Raises InvalidInput."""
    if raw is None or raw == {}:
        return None
    if not isinstance(raw, Mapping):
        raise _refuse("A filter is an object of names and conditions.")
    return _Parser().parse_all(raw, (), negated=False, depth=1)


def _join(word: str, parts: Sequence[Condition]) -> Condition:
    if len(parts) == 1:
        return parts[0]
    path = f" {word} ".join(part.path for part in parts)
    indexed = f" {word} ".join(part.indexed for part in parts)
    return Condition(f"({path})", f"({indexed})")


def _join_all(parts: Sequence[Condition], *, negated: bool) -> Condition:
    """All hold; or, by De Morgan's law, one of the negated ones does."""
    return _join("||" if negated else "&&", parts)


def _join_any(parts: Sequence[Condition], *, negated: bool) -> Condition:
    return _join("&&" if negated else "||", parts)


@dataclass(slots=True)
class _Parser:
    """Reads a filter, with a bound on all that it holds. `negated` is pushed down to its leaves."""

    count: int = field(default=0)

    def parse_all(
        self, raw: Mapping[Any, Any], names: tuple[str, ...], *, negated: bool, depth: int
    ) -> Condition:
        """Read conditions side by side, of values within `names`."""
        _check_depth(depth)
        if not raw:
            raise _refuse(f"{_describe(names)}: an empty object asks for nothing.")
        parts = [
            self._parse_one(name, value, names, negated=negated, depth=depth)
            for name, value in raw.items()
        ]
        return _join_all(parts, negated=negated)

    def _parse_one(
        self, name: object, value: Any, names: tuple[str, ...], *, negated: bool, depth: int
    ) -> Condition:
        if names and name in _OPERATORS:
            return self._parse_operator(str(name), value, names, negated=negated, depth=depth)
        if not names and name in _JOINS:
            return self._parse_join(str(name), value, negated=negated, depth=depth)
        if isinstance(name, str) and name.startswith("$"):
            known = ", ".join(_OPERATORS if names else _JOINS)
            raise _refuse(f"{_describe(names)}: {name[:40]} is not one of {known}.")
        if names and f"${name}" in _OPERATORS and not isinstance(value, Mapping):
            raise _refuse(f"{_describe(names)}: write ${name} for the operator {name}.")
        within = (*names, check_name(name))
        if isinstance(value, Mapping):
            return self.parse_all(value, within, negated=negated, depth=depth + 1)
        return self._parse_operator("$eq", value, within, negated=negated, depth=depth)

    def _parse_join(self, name: str, value: Any, *, negated: bool, depth: int) -> Condition:
        if name == "$not":
            if not isinstance(value, Mapping):
                raise _refuse("$not takes an object of conditions.")
            return self.parse_all(value, (), negated=not negated, depth=depth + 1)
        if not isinstance(value, list | tuple) or not value:
            raise _refuse(f"{name} takes a list of filters.")
        if any(not isinstance(each, Mapping) for each in value):
            raise _refuse(f"{name} takes a list of filters, each an object.")
        parts = [self.parse_all(each, (), negated=negated, depth=depth + 1) for each in value]
        join = _join_all if name == "$and" else _join_any
        return join(parts, negated=negated)

    def _parse_operator(
        self, name: str, value: Any, names: tuple[str, ...], *, negated: bool, depth: int
    ) -> Condition:
        self._count(1)
        place = _describe(names)
        if name == "$not":
            if not isinstance(value, Mapping):
                raise _refuse(f"{place}: $not takes an object of operators.")
            return self.parse_all(value, names, negated=not negated, depth=depth + 1)
        if name in _OPPOSITES:
            negated, name = not negated, _OPPOSITES[name]
        path = "$" + "".join(f".{_quote(each)}" for each in names)
        match name:
            case "$exists":
                return _write_existence(path, value, place, negated=negated)
            case "$eq":
                return self._parse_equality(path, value, place, negated=negated)
            case "$in":
                values = self._read_values(value, f"{place}: $in")
                test = " || ".join(f"@ == {each}" for each in values) or _FALSE
                return _write_test(path, test, negated=negated)
        return _write_order(path, name, value, place, negated=negated)

    def _parse_equality(self, path: str, value: Any, place: str, *, negated: bool) -> Condition:
        """Read what a value is, or of a list all that it holds."""
        is_list = isinstance(value, list | tuple)
        values = self._read_values(value, place) if is_list else [_write_value(value, place)]
        if not values:
            raise _refuse(f"{place}: an empty list asks for nothing.")
        parts = [_write_test(path, f"@ == {each}", negated=negated) for each in values]
        return _join_all(parts, negated=negated)

    def _read_values(self, values: Any, place: str) -> list[str]:
        if not isinstance(values, list | tuple):
            raise _refuse(f"{place} takes a list.")
        self._count(len(values))
        return [_write_value(each, place) for each in values]

    def _count(self, parts: int) -> None:
        self.count += parts
        if self.count > MAX_PARTS:
            raise _refuse(f"The filter has more than {MAX_PARTS} conditions and values.")


def _write_existence(path: str, value: Any, place: str, *, negated: bool) -> Condition:
    if not isinstance(value, bool):
        raise _refuse(f"{place}: $exists takes true or false.")
    return _write_leaf(f"exists({path})", negated=negated is value)


def _write_order(path: str, name: str, value: Any, place: str, *, negated: bool) -> Condition:
    if is_number(value):
        return _write_test(path, f"@ {_ORDERS[name]} {_write_value(value, place)}", negated=negated)
    if not isinstance(value, str):
        raise _refuse(f"{place}: {name} takes a number, a date or a text.")
    literal = _write_value(value, place)
    if not _is_date(value):
        return _write_test(path, f"@ {_ORDERS[name]} {literal}", negated=negated)
    test = f"@.datetime() {_ORDERS[name]} {literal}.datetime()"
    leaf = f"exists({path} ? ({test}))"
    if negated:
        return Condition(f"!{leaf}", _TRUE)
    return Condition(leaf, f"exists({path})")


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _write_test(path: str, test: str, *, negated: bool) -> Condition:
    return _write_leaf(f"exists({path} ? ({test}))", negated=negated)


def _write_leaf(leaf: str, *, negated: bool) -> Condition:
    text = f"!{leaf}" if negated else leaf
    return Condition(text, text)


def _write_value(value: Any, place: str) -> str:
    """Return a value as a literal of a path."""
    if isinstance(value, str):
        if not is_text(value) or len(value) > MAX_TEXT_CHARS:
            raise _refuse(f"{place}: a text has at most {MAX_TEXT_CHARS} characters, all storable.")
        return _quote(value)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if is_number(value):
        return f"({json.dumps(value)})"
    raise _refuse(f"{place} is compared with a text, a number, true, false or null.")


def _quote(text: str) -> str:
    # Paths have the string literals of JSON.
    return json.dumps(text, ensure_ascii=False)


def _describe(names: tuple[str, ...]) -> str:
    return ".".join(names)[:200] or "The filter"


def _check_depth(depth: int) -> None:
    if depth > MAX_NESTING:
        raise _refuse(f"The filter is more than {MAX_NESTING} levels deep.")


def _refuse(message: str) -> InvalidInput:
    return InvalidInput(message, code="bad_filter")
