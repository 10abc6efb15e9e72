"""Rates hold for all web processes together, whatever a client says about where it comes from."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.processes.site import PASSWORD, PLAIN, Program, Site, running

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, fake_model: str) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("site")
    endpoint = {"OPENAI_BASE_URL": fake_model, "OPENAI_API_KEY": "k", "CHAT_MODEL": "echo"}
    limits = {"LOGIN_RATE": "10/h", "ASK_RATE": "6/h", "TRUSTED_PROXIES": "1"}
    with running(folder, **endpoint, **limits) as site:
        yield site


@pytest.fixture(scope="module")
def webs(site: Site) -> list[Program]:
    return [site.web(), site.web()]


def test_two_web_processes_count_a_user_s_questions_together(
    site: Site, webs: list[Program]
) -> None:
    client = site.client(webs[0], "alice")
    body = {"messages": [{"role": "user", "content": "hello"}], "collections": []}

    def ask(number: int) -> httpx2.Response:
        return client.post(f"{webs[number % 2].url}/api/chat", json=body)

    answers = [ask(number) for number in range(8)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429] * 2
    left = [int(answer.headers["RateLimit-Remaining"]) for answer in answers]
    assert left == [5, 4, 3, 2, 1, 0, 0, 0]
    assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"6"}
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600
    # What is read costs nothing, and is not counted.
    assert client.get("/api/conversations").status_code == 200


def test_a_forged_address_gains_nothing(site: Site, webs: list[Program]) -> None:
    """The proxy in front of us appends the address that it saw; the rest is the client's word."""
    account = {"username": "nobody", "password": PASSWORD}

    def sign_in(number: int) -> int:
        seen = f"203.0.113.{number}, 198.51.100.7"
        answer = httpx2.post(
            f"{webs[number % 2].url}/api/auth/token",
            json=account | {"username": f"nobody{number}"},
            headers={"X-Forwarded-For": seen},
            verify=PLAIN,
        )
        return answer.status_code

    assert [sign_in(number) for number in range(12)] == [401] * 10 + [429] * 2
