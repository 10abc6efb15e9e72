"""Bases of request and response bodies."""

from typing import Any

from ninja import Schema
from pydantic import ConfigDict


class Strict(Schema):
    """A request body: a field that is not ours is an error, so that a typing mistake shows."""

    model_config = ConfigDict(extra="forbid")


class ErrorDetail(Schema):
    code: str
    message: str
    data: dict[str, Any]


class ErrorBody(Schema):
    error: ErrorDetail
