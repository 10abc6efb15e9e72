"""Programs in JavaScript: OpenAI's official client and the AI SDK, against a real site."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.processes import site

FOLDER = Path(__file__).parents[1] / "js"
# Of the virtual environment, as npm that installed the clients.
NODE = Path(sys.executable).with_name("node")


@dataclass(frozen=True)
class Caller:
    url: str
    token: str

    def run(self, script: str, path: str) -> dict[str, Any]:
        """Run a script; return what it saw, which it prints last."""
        command = [NODE, script, self.url + path, self.token]
        done = subprocess.run(
            command, check=False, cwd=FOLDER, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory, fake_model: str) -> Iterator[Caller]:
    variables = {"OPENAI_BASE_URL": fake_model, "OPENAI_API_KEY": "sk-up", "CHAT_MODEL": "echo"}
    models = "fault-429,fault-context,fault-401,count-100-10"
    data_dir = tmp_path_factory.mktemp("site")
    with site.running(data_dir, **variables, CHAT_MODELS=models) as running:
        web = running.web()
        token = running.client(web, "alice").headers["Authorization"].removeprefix("Bearer ")
        yield Caller(web.url, token)


def test_a_browser_lets_the_openai_client_send_all_its_headers(settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.org"]
    command = [NODE, "openai_headers.mjs"]
    done = subprocess.run(
        command, check=True, cwd=FOLDER, capture_output=True, text=True, timeout=60
    )
    calls = json.loads(done.stdout)
    assert len(calls) == 8
    assert "x-stainless-retry-count" in calls["whole"]["headers"]
    for name, call in calls.items():
        preflight = {
            "Origin": "https://app.example.org",
            "Access-Control-Request-Method": call["method"],
            "Access-Control-Request-Headers": ",".join(call["headers"]),
        }
        answer = Client().options(call["path"], headers=preflight)
        assert answer.status_code == 200, name
        assert call["method"].upper() in answer["Access-Control-Allow-Methods"], name
        allowed = set(answer["Access-Control-Allow-Headers"].split(", "))
        assert set(call["headers"]) <= allowed, name


def test_the_openai_client_lists_asks_streams_calls_tools_and_raises(caller: Caller) -> None:
    seen = caller.run("openai_client.mjs", "/v1")
    assert seen["models"][0] == "echo"
    assert seen["whole"] == {"content": "one two ", "tokens": 9}
    assert (seen["streamed"], seen["streamTokens"]) == ("one two ", 9)
    assert seen["tool"] == {"name": "weather", "arguments": '{"place": "Seoul"}'}
    assert seen["heard"].startswith("The meeting begins")
    assert seen["errors"] == {
        "no-such-model": "NotFoundError",
        "fault-429": "RateLimitError",
        "fault-context": "BadRequestError",
        "fault-401": "InternalServerError",
    }


def test_the_ai_sdk_asks_goes_on_resumes_and_is_told_of_errors(caller: Caller) -> None:
    seen = caller.run("ai_sdk.mjs", "/api/ai-sdk/chat")
    assert seen["answer"] == "one two "
    assert seen["parts"] == ["step-start", "text"]
    assert seen["second"] == "three "
    assert seen["idle"] is None
    assert seen["resumed"] == 100
    assert "refused access" in seen["failed"]
    assert seen["refused"] == "unknown_model"


def test_use_chat_of_versions_3_and_4_asks_goes_on_and_asks_again(caller: Caller) -> None:
    seen = caller.run("ai_sdk_legacy.mjs", "/api/ai-sdk/chat")
    assert (seen["three"], seen["followUp"]) == ("one two ", "three ")
    assert (seen["four"], seen["next"], seen["again"]) == ("four ", "five ", "five ")
    assert set(seen["notes"]) == {"citations", "usage", "cached"}
    assert "refused access" in seen["failed"]
