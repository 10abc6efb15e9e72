"""Logging: one JSON object a line, with identifiers and never with content or secrets.

What others' libraries log may hold anything - a path with a token, an error that quotes a row, a
task's arguments - so of their records only the message is written, and of those known to hold
more, less. An exception is written as its type and the places it came through; its message is
left out, except in development (`DEBUG`), since it often quotes what somebody wrote.
"""

import json
import logging
import traceback
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

# Attributes that every record has; whatever else a record carries was given as `extra`.
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
OURS = ("aiapp", "accounts", "documents", "chat")
_NOTHING: Mapping[str, str] = MappingProxyType({})

_facts: ContextVar[Mapping[str, str]] = ContextVar("facts", default=_NOTHING)


def bind(**facts: str) -> None:
    """Have these stand on every line that the current task, or what it starts, writes."""
    _facts.set({**_facts.get(), **facts})


def get_facts() -> Mapping[str, str]:
    return _facts.get()


def unbind() -> None:
    _facts.set(_NOTHING)


class JsonFormatter(logging.Formatter):
    def __init__(self, *, messages: bool = False) -> None:
        super().__init__()
        self._messages = messages

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "pid": record.process,
            "event": _event(record),
            **_facts.get(),
            **_extras(record),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = self._exception(record.exc_info[1])
        return json.dumps(line, default=str)

    def _exception(self, error: BaseException) -> str | list[str]:
        if self._messages:
            return "".join(traceback.format_exception(error))
        return list(_places(error))


class NoAddresses(logging.Filter):
    """Drops uvicorn's lines about sockets, which hold the address with its query."""

    def filter(self, record: logging.LogRecord) -> bool:
        return '"WebSocket %s"' not in str(record.msg)


def config(level: str, *, messages: bool) -> dict[str, Any]:
    """The value of Django's LOGGING setting."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "aiapp.observability.log.JsonFormatter", "messages": messages}
        },
        "filters": {"no addresses": {"()": "aiapp.observability.log.NoAddresses"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Requests are logged by the proxy; Django's own line would repeat paths and queries.
            "uvicorn.access": {"level": "WARNING"},
            "uvicorn.error": {"filters": ["no addresses"]},
            "httpx": {"level": "WARNING"},
            "httpx2": {"level": "WARNING"},
            # Below these levels they write what they send: SQL with its values, whole prompts.
            **{name: {"level": "INFO"} for name in ("django.db.backends", "openai", "aiohttp")},
            **{name: {"level": "WARNING"} for name in ("httpcore", "urllib3", "asyncio")},
            # A line when a task is sent, received and done, which the sweeps are every few seconds.
            **{f"celery.{name}": {"level": "WARNING"} for name in ("app.trace", "beat")},
            "celery.worker.strategy": {"level": "WARNING"},
            # It quotes what it could not understand; what failed is told by `chat.tools`.
            "mcp": {"level": "CRITICAL"},
        },
    }


def _event(record: logging.LogRecord) -> str:
    if hasattr(record, "request"):
        return _of_request(record)
    if isinstance(record.args, Mapping) and "exc" in record.args:
        # Celery's word for a task that failed quotes the exception.
        kind = str(record.args["exc"]).partition("(")[0]
        return str(record.msg) % {**record.args, "exc": kind, "traceback": "", "return_value": ""}
    message = record.getMessage()
    return message.partition("\n")[0] if record.name == "asyncio" else message


def _of_request(record: logging.LogRecord) -> str:
    """Django's word of a request that failed, without the path that ends it: it may be a secret."""
    if not (isinstance(record.args, tuple) and record.args):
        return "request_refused"
    return (str(record.msg) % (*record.args[:-1], "")).rstrip(": ")


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    if request := getattr(record, "request", None):
        match = getattr(request, "resolver_match", None)
        status = getattr(record, "status_code", None)
        return {
            "method": getattr(request, "method", ""),
            "route": match.route if match else "",
            "status": status,
        }
    if record.name.partition(".")[0] not in OURS:
        return {}
    return {k: v for k, v in vars(record).items() if k not in _STANDARD}


def _places(error: BaseException | None) -> Iterator[str]:
    """The types of an error and of its causes, each with the places that it came through."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield f"{type(error).__module__}.{type(error).__qualname__}"
        for frame in traceback.extract_tb(error.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} {frame.name}"
        for inner in getattr(error, "exceptions", ()):
            yield from _places(inner)
        error = error.__cause__ or error.__context__
