"""The data folder of an earlier release, started by this one while its person already asks."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import psycopg
import pytest

from tests.outages.test_up import eventually, free_port, running
from tests.processes import cluster
from tests.processes.site import collect_static
from tests.processes.site_to_copy import PASSWORD, TEXT
from tests.releases.test_backup_and_restore import FIRST, database_of

pytestmark = pytest.mark.process

MODEL = "count-100-100"
ANSWER = "".join(f"w{n} " for n in range(100))
TRY_SECONDS = 240


def make_folder_of_first_release(data: Path) -> None:
    """Make the folder as that release left it: none of the later migrations has run."""
    cluster.put_into(data)
    with database_of(data) as environment:
        anew = environment["DATABASE_URL"].replace("/aiapp?", "/postgres?")
        with psycopg.connect(anew, autocommit=True) as connection:
            connection.execute("DROP DATABASE aiapp")
            connection.execute("CREATE DATABASE aiapp OWNER aiapp")
        restore = [f"{environment['BIN']}/pg_restore", "--no-comments"]
        options = ["--clean", "--if-exists", "--dbname", environment["DATABASE_URL"]]
        subprocess.run([*restore, *options, str(FIRST / "database.dump")], check=True)
    (data / "files").mkdir()
    # Python 3.11's tarfile has a filter from 3.11.4 on, and 3.12's warns where there is none.
    unpack = ["tar", "--extract", "--file", str(FIRST / "files.tar"), "--directory"]
    subprocess.run([*unpack, str(data / "files")], check=True)


def keep_asking(url: str, path: str, **options: Any) -> Any:
    """Send a request until the site answers it, as programs do."""
    deadline = time.monotonic() + TRY_SECONDS
    while True:
        try:
            answer = httpx2.post(f"{url}{path}", timeout=30, **options)
            if answer.status_code != httpx2.codes.SERVICE_UNAVAILABLE:
                assert answer.is_success, answer.text
                return answer.json()
        except httpx2.TransportError:
            pass
        assert time.monotonic() < deadline, "nobody answers"
        time.sleep(0.05)


def ask_in_the_old_chat(url: str) -> tuple[dict[str, str], str]:
    """Sign in, and ask on where the release before has answered; return the headers and chat."""
    account = {"username": "ann", "password": PASSWORD}
    tokens = keep_asking(url, "/api/auth/token", json=account)
    headers = {"Authorization": f"Bearer {tokens['access']}"}
    listed = httpx2.get(f"{url}/api/conversations", headers=headers, timeout=30).json()
    [chat] = [each["id"] for each in listed["items"] if each["title"] == "Mornings"]
    question = {"content": "And on Sundays?", "collections": []}
    named = headers | {"Idempotency-Key": uuid4().hex}
    keep_asking(url, f"/api/conversations/{chat}/messages", json=question, headers=named)
    return headers, chat


def test_its_person_goes_on_where_the_release_before_has_ended(
    tmp_path: Path, fake_model: str
) -> None:
    data, port = tmp_path / "data", free_port()
    data.mkdir()
    make_folder_of_first_release(data)
    url = f"http://127.0.0.1:{port}"
    endpoint = {"OPENAI_BASE_URL": fake_model, "OPENAI_API_KEY": "k", "CHAT_MODEL": MODEL}
    settings = endpoint | {"DRAIN_SECONDS": "1", "SUGGESTIONS": "0"}
    # Neither the model's server nor the static files are of the release before.
    settings |= {"LOCAL_EMBEDDING_SERVER": "false", "STATIC_ROOT": str(collect_static())}
    with ThreadPoolExecutor(1) as person:
        # The first question comes before anything serves.
        asking = person.submit(ask_in_the_old_chat, url)
        with running(data, port, **settings) as site:
            headers, chat = asking.result(TRY_SECONDS)
            assert site.healthy()
            # Ended in the middle of that answer, as an upgrade does.

    path = f"{url}/api/conversations/{chat}/messages"

    def list_messages() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx2.get(path, headers=headers, timeout=30).json()
        return found

    with running(data, port, **settings):
        eventually(lambda: list_messages()[-1]["content"] == ANSWER)
        before, quoted, question, _ = list_messages()
        assert (before["content"], quoted["content"]) == ("When does it open?", "At seven. [1]")
        assert question["content"] == "And on Sundays?"
        body = {"query": "harbour opens", "mode": "lexical"}
        found = httpx2.post(f"{url}/api/documents/search", headers=headers, json=body, timeout=30)
        assert TEXT in found.text
