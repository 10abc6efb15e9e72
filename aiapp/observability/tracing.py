"""Traces for OpenTelemetry: which steps a question took, in which process, and how long each.

Only where OTEL_EXPORTER_OTLP_ENDPOINT names a collector; without it nothing is imported and a span
is a function call. Spans are made by hand at the few places that matter, since that is less than
what instrumentations wrap, and none of them may carry what people wrote: an attribute is an id,
a name of ours or a number, and an error is its code.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal

from django.conf import settings

from aiapp.errors import AppError

Attribute = str | int | float | bool
Kind = Literal["internal", "server", "client", "producer", "consumer"]


class Span:
    """One step; this one is noted nowhere."""

    def note(self, facts: Mapping[str, Attribute]) -> None: ...

    def rename(self, name: str) -> None: ...


class RecordingSpan(Span):
    def __init__(self, span: Any) -> None:
        self._span = span

    def note(self, facts: Mapping[str, Attribute]) -> None:
        self._span.set_attributes(dict(facts))

    def rename(self, name: str) -> None:
        self._span.update_name(name)


UNTRACED = Span()


def is_on() -> bool:
    return bool(settings.OTEL_EXPORTER_OTLP_ENDPOINT)


@contextmanager
def span(
    name: str,
    facts: Mapping[str, Attribute] | None = None,
    *,
    kind: Kind = "internal",
    parent: str = "",
) -> Iterator[Span]:
    """A step of the current trace, or of the one that `parent` (a `traceparent`) belongs to."""
    if not is_on():
        yield UNTRACED
        return
    # Imported here and below, so that only those pay for it who trace.
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.propagate import extract  # noqa: PLC0415

    with _tracer().start_as_current_span(
        name,
        context=extract({"traceparent": parent}) if parent else None,
        kind=trace.SpanKind[kind.upper()],
        attributes=dict(facts or {}),
        # Both would write the error's message, which may quote what somebody wrote.
        record_exception=False,
        set_status_on_exception=False,
    ) as made:
        try:
            yield RecordingSpan(made)
        except Exception as error:
            code = error.reason if isinstance(error, AppError) else type(error).__name__
            made.set_status(trace.Status(trace.StatusCode.ERROR, code))
            raise


def headers() -> dict[str, str]:
    """Return the headers that carry this trace to another process: `traceparent`, or none."""
    carried: dict[str, str] = {}
    if is_on():
        from opentelemetry.propagate import inject  # noqa: PLC0415

        inject(carried)
    return {name: value for name, value in carried.items() if name == "traceparent"}


def flush() -> None:
    """Send what is left, for processes that end without saying so to their libraries."""
    if is_on():
        _provider().force_flush(2_000)


def _tracer() -> Any:
    return _provider().get_tracer("aiapp")


@cache
def _provider() -> Any:
    """Made by the first span of a process: its threads would not survive the fork of a worker.

    What these settings do not say - headers, sampling, resources - the SDK reads from its own
    variables.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    resource = Resource.create({"service.name": settings.OTEL_SERVICE_NAME})
    provider = TracerProvider(resource=resource)
    endpoint = f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip('/')}/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return provider
