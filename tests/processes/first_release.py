"""The data folder of the first release, and its person, who asks on while this one starts."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import psycopg

from tests.processes import embedded_site
from tests.processes.site import PLAIN
from tests.processes.site_to_copy import PASSWORD, TEXT
from tests.releases.test_backup_and_restore import FIRST, database_of

TRY_SECONDS = 240


def make_folder(data: Path) -> None:
    """Make the folder as that release left it: none of the later migrations has run."""
    embedded_site.give_database(data)
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
            answer = httpx2.post(f"{url}{path}", timeout=30, **options, verify=PLAIN)
            if answer.status_code != httpx2.codes.SERVICE_UNAVAILABLE:
                assert answer.is_success, answer.text
                return answer.json()
        except httpx2.TransportError:
            pass
        assert time.monotonic() < deadline, "nobody answers"
        time.sleep(0.05)


@dataclass
class OldChat:
    """The chat in which the release before has answered, and its person in this one."""

    url: str
    headers: dict[str, str]
    chat: str

    def list_messages(self) -> list[dict[str, Any]]:
        path = f"{self.url}/api/conversations/{self.chat}/messages"
        found: list[dict[str, Any]] = self._send("GET", path).json()
        return found

    def check(self) -> None:
        """See that what was said and read before is there."""
        before, quoted, question, _ = self.list_messages()
        assert (before["content"], quoted["content"]) == ("When does it open?", "At seven. [1]")
        assert question["content"] == "And on Sundays?"
        body = {"query": "harbour opens", "mode": "lexical"}
        found = self._send("POST", f"{self.url}/api/documents/search", json=body)
        assert TEXT in found.text

    def _send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        return httpx2.request(
            method, path, headers=self.headers, timeout=30, verify=PLAIN, **options
        )


def ask_in_the_old_chat(url: str) -> OldChat:
    """Sign in, and ask on where the release before has answered."""
    account = {"username": "ann", "password": PASSWORD}
    tokens = keep_asking(url, "/api/auth/token", json=account)
    headers = {"Authorization": f"Bearer {tokens['access']}"}
    listed = httpx2.get(
        f"{url}/api/conversations", headers=headers, timeout=30, verify=PLAIN
    ).json()
    [chat] = [each["id"] for each in listed["items"] if each["title"] == "Mornings"]
    question = {"content": "And on Sundays?", "collections": []}
    named = headers | {"Idempotency-Key": uuid4().hex}
    keep_asking(url, f"/api/conversations/{chat}/messages", json=question, headers=named)
    return OldChat(url, headers, chat)
