"""A filter by metadata in the body of a request."""

from typing import Annotated, Any

from pydantic import AfterValidator

from aiapp.errors import AppError
from documents.metadata.conditions import parse_condition


def _check(raw: dict[str, Any]) -> dict[str, Any]:
    try:
        parse_condition(raw)
    except AppError as error:
        raise ValueError(error.message) from error
    return raw


FilterIn = Annotated[dict[str, Any], AfterValidator(_check)]
