"""Processes import nothing that they do not need: tracing, the administration."""

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
WORKER = """
import sys
import aiapp.celery
aiapp.celery.app.loader.import_default_modules()
print(sorted(name for name in sys.modules if ".admin." in name and "django" not in name))
from django.core import checks
assert checks.run_checks(tags=["admin"]) == []
print("documents.admin.documents" in sys.modules)
"""


def run(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_nothing_that_traces_is_imported_without_a_collector() -> None:
    assert run(CODE) == ["[]"]


def test_a_worker_knows_nothing_of_the_administration_which_is_checked_all_the_same() -> None:
    assert run(WORKER) == ["[]", "True"]
