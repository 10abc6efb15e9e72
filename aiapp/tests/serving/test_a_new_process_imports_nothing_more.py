"""A process that takes another's place has all that a request needs before it is forked.

What is imported at the first request stops everything else in its process meanwhile.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
OURS = ("aiapp", "accounts", "documents", "chat")
PROGRAM = """
import asyncio, json, sys
from django.test import Client
from aiapp import asgi
from aiapp.llm import registry
from aiapp.llm.base import Prompt
from chat.tools import registry as tools
asgi.preload()

def find_imports(work):
    before = set(sys.modules)
    work()
    print(json.dumps(sorted(set(sys.modules) - before)))

def request():
    client = Client(SERVER_NAME="localhost")
    assert client.get("/health/live").status_code == 200
    assert client.get("/api/conversations").status_code == 401

async def ask():
    assert await registry.names()
    assert tools.build_schemas(tools.find_available().values())
    prompt = Prompt(model="echo", messages=[{"role": "user", "content": "one"}])
    assert [piece async for piece in registry.chat_model("echo").stream(prompt)]

find_imports(request)
find_imports(lambda: asyncio.run(ask()))
"""


@pytest.fixture(scope="module")
def imports(fake_model: str) -> list[list[str]]:
    """Names of the modules that a request imported, and those of a question to a model."""
    model = {"LOCAL_CHAT": "off", "OPENAI_BASE_URL": fake_model, "OPENAI_API_KEY": "sk-123"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=os.environ | model | {"CHAT_MODEL": "echo"},
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()[-2:]]


def test_a_request_imports_none_of_our_modules(imports: list[list[str]]) -> None:
    assert [name for name in imports[0] if name.partition(".")[0] in OURS] == []


def test_a_question_to_a_model_imports_nothing_at_all(imports: list[list[str]]) -> None:
    assert imports[1] == []
