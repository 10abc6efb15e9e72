"""Bases of request and response bodies."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Self

from ninja import Schema
from pydantic import ConfigDict, ModelWrapValidatorHandler, ValidationInfo, model_validator

from aiapp.errors import InvalidInput

# Of fields that are not valid so many are told, each with the beginning of its place.
MAX_INVALID_FIELDS, MAX_PLACE_CHARS = 50, 200
# What pydantic puts before the words of a validator of ours.
OWN_WORDS = "Value error, "


class Strict(Schema):
    """A request body: a field that is not ours is an error, so that a typing mistake shows."""

    model_config = ConfigDict(extra="forbid")


class Lenient(Schema):
    """A request body of somebody else's protocol, of which we know a part.

    Its clients send fields of newer versions and of other servers; they are kept in
    `model_extra`, for whoever knows what to do with them.
    """

    model_config = ConfigDict(extra="allow")

    @model_validator(mode="wrap")
    @classmethod
    def _run_root_validator(
        cls, values: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo
    ) -> Any:
        """Read the JSON itself. Ninja's own reads its attributes, of which those are lost that
        the schema does not name.
        """
        return handler(values)


def invalid_fields(errors: Iterable[Mapping[str, Any]]) -> InvalidInput:
    """Says which fields are wrong and why, from pydantic's errors; never what was sent.

    Of a megabyte of them the first do: an answer that names all would be five times as long.
    """
    first = islice(errors, MAX_INVALID_FIELDS)
    fields = [
        {"field": place_field(error["loc"]), "reason": error["msg"].removeprefix(OWN_WORDS)}
        for error in first
    ]
    where = " " + ": ".join(filter(None, fields[0].values())) if fields else ""
    return InvalidInput(
        f"Some fields are not valid.{where}", code="validation_error", fields=fields
    )


def place_field(location: tuple[Any, ...]) -> str:
    """`("body", "body", "messages", 0)` is `messages.0` to the client."""
    place = ".".join(str(part) for part in location if part not in {"body", "query", "path"})
    return place[:MAX_PLACE_CHARS]
