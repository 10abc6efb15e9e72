"""The examples of docs/api.md, run as they stand there against a served site."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from documents.tests.recordings.test_recordings import SPEECH
from tests.processes import site
from tests.processes.model_servers import Server
from tests.programs.test_javascript_clients import NODE

pytestmark = pytest.mark.process

JS = Path(__file__).parents[1] / "js"
TEXT = (site.ROOT / "docs/api.md").read_text()
# Each with the heading that it stands under.
BLOCKS = [
    (heading.strip(), language, code)
    for heading, section in re.findall(r"^#+ (.*)\n((?:(?!^## ).*\n)*)", TEXT, re.MULTILINE)
    for language, code in re.findall(r"^```(\w+)\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
]
# What has to be in the output of an example.
EXPECTED = {
    "Sign in": "ann",
    "Stream": "one two three",
    "A conversation, and resuming its stream": "one two",
    "Edit, answer again, rate": "four five six",
    "Collections and sharing": "bob",
    "Sources": "rules.md",
    "Write a recording down": "The meeting begins",
    "Many questions at once": "one two three",
    "OpenAI's client": "one two three",
    "LangChain": "one two three",
    "The AI SDK": "one two three",
    "WebSocket": "one two three",
    "Errors": "not_found",
}


@pytest.fixture(scope="module")
def environment(
    tmp_path_factory: pytest.TempPathFactory, fake_model: str, embedding_server: Server
) -> Iterator[dict[str, str]]:
    variables = {
        "OPENAI_BASE_URL": fake_model,
        "OPENAI_API_KEY": "sk-up",
        "CHAT_MODEL": "echo",
        "EMBEDDING_BASE_URL": embedding_server.base_url,
        "EMBEDDING_API_KEY": embedding_server.key,
    }
    shared = tmp_path_factory.mktemp("shared")
    (shared / "rules.md").write_text("Be kind.", encoding="utf-8")
    variables["SOURCE_FOLDERS"] = str(shared)
    with site.running(tmp_path_factory.mktemp("site"), **variables) as running:
        web = running.web()
        running.worker("ingest")
        for name in ("ann", "bob"):
            running.client(web, name)
        # Nobody else sets up sources.
        running.make_administrator(web, "ann")
        yield {
            "SITE": web.url,
            "MODEL": "echo",
            "RECORDING": str(SPEECH),
            "FOLDER": str(shared),
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
        }


def run(command: list[str], environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        command, check=False, cwd=folder, env=environment, capture_output=True, text=True,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, (command[-1][:2000], done.stdout, done.stderr)
    return done.stdout


@pytest.mark.skipif(not shutil.which("curl"), reason="the examples are of curl")
def test_every_example_runs_and_tells_what_it_says(environment, tmp_path) -> None:
    """The shell's are one session; the others are programs that get its key."""
    shell = [
        f"echo '<<{number}>>'\n{code}"
        for number, (_, language, code) in enumerate(BLOCKS)
        if language == "bash"
    ]
    script = "\n".join(["set -eu -o pipefail", *shell, "echo '<<key>>'", 'echo "$KEY"'])
    told = re.split(r"<<(\w+)>>\n", run(["bash", "-c", script], environment, tmp_path))
    output = dict(zip(told[1::2], told[2::2], strict=True))
    environment = environment | {"KEY": output.pop("key").strip()}
    for number, (_, language, code) in enumerate(BLOCKS):
        if language == "python":
            output[str(number)] = run([sys.executable, "-c", code], environment, tmp_path)
        elif language == "js":
            command = [str(NODE), "--input-type=module", "-e", code]
            output[str(number)] = run(command, environment, JS)
    assert len(output) == len(BLOCKS)
    for number, (heading, _, _) in enumerate(BLOCKS):
        assert EXPECTED.get(heading, "") in output[str(number)].replace("\\n", ""), heading


def test_every_job_has_an_example() -> None:
    assert len(BLOCKS) > 20
    assert {language for _, language, _ in BLOCKS} == {"bash", "python", "js"}
    assert set(EXPECTED) <= {heading for heading, _, _ in BLOCKS}
