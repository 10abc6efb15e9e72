"""The columns and values of rows, as the ORM would insert them.

Whoever writes a statement by hand takes both from here, so that the models stay the only place
that knows them: a field that is added, or another default, is in the statement by itself.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper


class Insert:
    """The insertion of one row. Its parameters begin with `prefix`.

    `instead` has SQL for columns whose values the statement itself finds out.
    """

    def __init__(
        self, model: type[models.Model], prefix: str, instead: Mapping[str, str] | None = None
    ) -> None:
        self._prefix = prefix
        self._fields = [field for field in model._meta.concrete_fields if _is_written(field)]
        self._connection = _make_connection()
        columns = ", ".join(f'"{field.column}"' for field in self._fields)
        self.into = f'INSERT INTO "{model._meta.db_table}" ({columns})'
        self.row = ", ".join(self._write_value(field, instead or {}) for field in self._fields)

    def list_values(self, instance: models.Model) -> dict[str, Any]:
        """Return the parameters of a new row, with what saving fills in."""
        return {
            self._prefix + field.column: field.get_db_prep_save(
                field.pre_save(instance, add=True), self._connection
            )
            for field in self._fields
        }

    def _write_value(self, field: "models.Field[Any, Any]", instead: Mapping[str, str]) -> str:
        kind = field.db_type(self._connection)
        return instead.get(field.column) or f"%({self._prefix}{field.column})s::{kind}"


class InsertMany:
    """The insertion of any number of rows, which come as one parameter of JSON."""

    def __init__(
        self,
        model: type[models.Model],
        parameter: str,
        instead: Mapping[str, str] | None = None,
    ) -> None:
        self._fields = [field for field in model._meta.concrete_fields if _is_written(field)]
        self._connection = _make_connection()
        columns = ", ".join(f'"{field.column}"' for field in self._fields)
        self.into = f'INSERT INTO "{model._meta.db_table}" ({columns})'
        self.row = ", ".join(
            (instead or {}).get(field.column) or f'new."{field.column}"' for field in self._fields
        )
        kinds = ", ".join(
            f'"{field.column}" {field.db_type(self._connection)}' for field in self._fields
        )
        self.rows = f"jsonb_to_recordset(%({parameter})s::jsonb) AS new ({kinds})"

    def list_rows(self, instances: Iterable[models.Model]) -> list[dict[str, Any]]:
        """Return the rows as JSON holds them."""
        return [
            {
                field.column: _as_json(
                    field.get_db_prep_save(field.pre_save(each, add=True), self._connection)
                )
                for field in self._fields
            }
            for each in instances
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


def _is_written(field: "models.Field[Any, Any]") -> bool:
    """Tell that a row has its value from us, and not from the database."""
    return not isinstance(field, models.AutoField) and (
        field.has_default() or not field.has_db_default()
    )


def _as_json(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float | str) else str(value)


@cache
def _make_connection() -> BaseDatabaseWrapper:
    """Return a connection that never connects, to ask how Django writes values."""
    return connections.create_connection(DEFAULT_DB_ALIAS)
