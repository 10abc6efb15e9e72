"""A web server that is stopped in the middle of an answer, and goes on when others have made it."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.outages.test_killed_web_server import (
    ask,
    read_to_the_end,
    read_until_some_text,
)
from tests.processes.site import Site, running

pytestmark = pytest.mark.process

# Five seconds, so that it is stopped before they are over.
MODEL = "count-50-100"
ANSWER = "".join(f"w{n} " for n in range(50))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, fake_model: str) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("site")
    endpoint = {"OPENAI_BASE_URL": fake_model, "OPENAI_API_KEY": "k", "CHAT_MODEL": MODEL}
    with running(folder, **endpoint, TURN_LEASE_SECONDS="2") as site:
        yield site


def list_outcomes(site: Site, turn: str) -> list[str]:
    """Return what became of the attempts at an answer."""
    with site.connection() as connection:
        query = "SELECT outcome FROM chat_attempt WHERE turn_id = %s ORDER BY number"
        return [outcome for (outcome,) in connection.execute(query, [turn])]


def test_its_answer_is_completed_elsewhere_and_is_not_doubled_when_it_goes_on(site: Site) -> None:
    hung, survivor = site.web(), site.web()
    client, other = (site.client(web, "patient") for web in (hung, survivor))
    accepted = ask(client, MODEL)
    turn = accepted["turn"]["id"]
    seen = read_until_some_text(client, turn)
    os.killpg(hung.process.pid, signal.SIGSTOP)
    try:
        text, done = read_to_the_end(other, turn, *seen)
    finally:
        os.killpg(hung.process.pid, signal.SIGCONT)
    assert text == done["content"] == ANSWER
    # It comes to itself, finds that the turn is another's, and serves what was made there.
    assert read_to_the_end(client, turn, *seen) == (ANSWER, done)
    messages = client.get(f"/api/conversations/{accepted['conversation_id']}/messages").json()
    assert [message["content"] for message in messages[1:]] == [ANSWER]
    assert list_outcomes(site, turn) == ["interrupted", "done"]
