"""Metrics of an ingest, added to the site's figures."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from aiapp.observability import figures, tracing


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Measure what a stage takes, also one that fails or makes room for others."""
    start = time.monotonic()
    try:
        with tracing.span(f"ingest {name}"):
            yield
    finally:
        figures.record_now(*figures.STAGE_SECONDS.add(time.monotonic() - start, name))


def record_end(outcome: str) -> None:
    """`ready`, `failed` or `put_off`."""
    figures.record_now(*figures.INGESTS.add(1, outcome))
