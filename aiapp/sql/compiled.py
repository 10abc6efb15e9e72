"""The SQL of querysets, put together once.

The ORM takes longer to write a statement than PostgreSQL to run it, and writes the same each time
but for the values. So whoever runs one often makes its queryset once with stand-ins for the
values, and runs what it says with the values by their names, over `aiapp.sql.pool`. The ORM stays
the only place that knows tables, joins and conditions.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, F, Field, Func, QuerySet, Value
from psycopg.sql import Literal


class StandIn(NamedTuple):
    """A value that stands for a parameter of this PostgreSQL type; it must occur nowhere else."""

    value: Any
    kind: str


def compile_queryset(queryset: QuerySet[Any, Any], stand_ins: Mapping[str, StandIn]) -> str:
    """Return a queryset's SQL, with `%(name)s` in the place of each value that stands for one.

    All other values are those of the statement itself, and stand in it.
    """
    sql, values = queryset.query.sql_with_params()
    # Django writes a percent sign twice, since its cursors take one for a parameter.
    head, *rest = (part.replace("%%", "%") for part in sql.split("%s"))
    return head + "".join(
        _write(value, stand_ins) + part for value, part in zip(values, rest, strict=True)
    )


def is_among(column: str, ids: "QuerySet[Any, Any] | Value") -> Func:
    """Return the condition that a column's value is in an array.

    An array is one parameter whatever its length. A query given as an array is run first, and
    the planner, which may overrate what a join finds, is not asked which of both.
    """
    array = ArraySubquery(ids) if isinstance(ids, QuerySet) else ids
    return Func(
        F(column),
        array,
        template="%(expressions)s)",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )


def build_array(values: "list[Any]", field: "Field[Any, Any]") -> Value:
    return Value(values, output_field=ArrayField(field))


def _write(value: Any, stand_ins: Mapping[str, StandIn]) -> str:
    for name, each in stand_ins.items():
        if type(value) is type(each.value) and value == each.value:
            return f"%({name})s::{each.kind}"
    return Literal(value).as_string(None)
