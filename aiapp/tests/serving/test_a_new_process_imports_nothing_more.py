"""A process that takes another's place has all that a request needs before it is forked.

What is imported at the first request stops everything else in its process meanwhile.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
OURS = ("aiapp", "accounts", "documents", "chat")
PROGRAM = """
import json, sys
from django.test import Client
from aiapp import asgi
asgi.preload()
before = set(sys.modules)
client = Client(SERVER_NAME="localhost")
assert client.get("/health/live").status_code == 200
assert client.get("/api/conversations").status_code == 401
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_a_request_imports_none_of_our_modules() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True
    )
    imported = json.loads(done.stdout.splitlines()[-1])
    assert [name for name in imported if name.partition(".")[0] in OURS] == []
