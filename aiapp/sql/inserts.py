"""The columns and values of rows, as the ORM would insert them.

Whoever writes a statement by hand takes both from here, so that the models stay the only place
that knows them: a field that is added, or another default, is in the statement by itself.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.types.json import Jsonb


class _Columns:
    """The columns of a model that a statement gives values to."""

    def __init__(self, model: type[models.Model]) -> None:
        self._connection = _make_connection()
        self._fields = {str(field.column): field for field in _list_fields(model)}
        self.kinds = {
            column: str(field.db_type(self._connection)) for column, field in self._fields.items()
        }
        columns = ", ".join(f'"{column}"' for column in self._fields)
        self.into = f'INSERT INTO "{model._meta.db_table}" ({columns})'

    def read(self, instance: models.Model) -> dict[str, Any]:
        """Return the values of a new row by their columns, with what saving fills in."""
        return {
            column: field.get_db_prep_save(field.pre_save(instance, add=True), self._connection)
            for column, field in self._fields.items()
        }


class Insert:
    """The insertion of one row. Its parameters begin with `prefix`.

    `instead` has SQL for columns whose values the statement itself finds out.
    """

    def __init__(
        self, model: type[models.Model], prefix: str, instead: Mapping[str, str] | None = None
    ) -> None:
        self._prefix, self._columns = prefix, _Columns(model)
        self.into = self._columns.into
        given = {
            column: f"%({prefix}{column})s::{kind}" for column, kind in self._columns.kinds.items()
        }
        self.row = ", ".join((given | dict(instead or {})).values())

    def list_values(self, instance: models.Model) -> dict[str, Any]:
        """Return the parameters of a new row."""
        prefix = self._prefix
        return {prefix + column: value for column, value in self._columns.read(instance).items()}


class InsertMany:
    """The insertion of any number of rows, which come as one parameter of JSON."""

    def __init__(
        self, model: type[models.Model], parameter: str, instead: Mapping[str, str] | None = None
    ) -> None:
        self._columns = _Columns(model)
        self.into = self._columns.into
        given = {column: f'new."{column}"' for column in self._columns.kinds}
        self.row = ", ".join((given | dict(instead or {})).values())
        kinds = ", ".join(f'"{column}" {kind}' for column, kind in self._columns.kinds.items())
        self.rows = f"jsonb_to_recordset(%({parameter})s::jsonb) AS new ({kinds})"

    def list_rows(self, instances: Iterable[models.Model]) -> list[dict[str, Any]]:
        """Return the rows as JSON holds them."""
        return [
            {column: _as_json(value) for column, value in self._columns.read(each).items()}
            for each in instances
        ]


def _list_fields(model: type[models.Model]) -> "list[models.Field[Any, Any]]":
    """Return the fields whose values a row has from us, and not from the database."""
    return [
        field
        for field in model._meta.concrete_fields
        if not isinstance(field, models.AutoField)
        and (field.has_default() or not field.has_db_default())
    ]


def list_columns(model: type[models.Model], alias: str) -> str:
    """Return all columns of a model in the order in which `Model.from_db` takes them."""
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


def build(model: type[models.Model], row: Iterable[Any]) -> Any:
    """Return the object that a row of `list_columns` is."""
    names, readers = _list_readers(model)
    values = list(row)
    for place, read in readers:
        values[place] = read(values[place])
    return model.from_db(DEFAULT_DB_ALIAS, names, values)


def read_value(model: type[models.Model], name: str, value: Any) -> Any:
    """Return the value of one field as the ORM would read it."""
    field = model._meta.get_field(name)
    read = getattr(field, "from_db_value", None)
    return read(value, None, _make_connection()) if read else value


@cache
def _list_readers(
    model: type[models.Model],
) -> tuple[list[str], list[tuple[int, Callable[[Any], Any]]]]:
    """Return the names of a model's fields, and what reads those that are not read as they are."""
    fields = model._meta.concrete_fields
    readers: list[tuple[int, Callable[[Any], Any]]] = []
    for place, field in enumerate(fields):
        if read := getattr(field, "from_db_value", None):
            readers.append((place, partial(_read, read)))
    return [field.attname for field in fields], readers


def _read(read: Callable[..., Any], value: Any) -> Any:
    return read(value, None, _make_connection())


def _as_json(value: Any) -> Any:
    if isinstance(value, Jsonb):
        return value.obj
    return value if value is None or isinstance(value, int | float | str) else str(value)


@cache
def _make_connection() -> BaseDatabaseWrapper:
    """Return a connection that never connects, to ask how Django writes values."""
    return connections.create_connection(DEFAULT_DB_ALIAS)
