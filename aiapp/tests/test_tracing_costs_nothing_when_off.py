"""Without a collector nothing is traced, and what traces is not even imported."""

import subprocess
import sys

CODE = """
import django, sys
django.setup()
from aiapp.observability import tracing
import aiapp.asgi, aiapp.celery
with tracing.span("step", {"n": 1}) as span:
    span.note({"m": 2})
assert tracing.headers() == {}
# The Redis client looks for OpenTelemetry's metrics by itself, and leaves them off.
ours = ("opentelemetry.sdk.trace", "opentelemetry.exporter", "opentelemetry.propagate")
print([name for name in sys.modules if name.startswith(ours)])
"""


def test_nothing_that_traces_is_imported_without_a_collector() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
