"""`manage.py up` with real processes: everything starts, recovers, and ends without a trace."""

import re
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from aiapp.env import run_dir
from tests.processes import first_release
from tests.processes.embedded_site import (
    START_SECONDS,
    Site,
    are_gone,
    eventually,
    free_port,
    launch_in_vain,
    read_each,
    running,
)

PARTS = {
    *("postgres", "valkey", "embedding-model"),
    *("turns", "ingest", "beat", "web"),
}
MODEL = "count-100-100"
ANSWER = "".join(f"w{n} " for n in range(100))

pytestmark = pytest.mark.process


def wake_chat_model(site: Site) -> None:
    """Have it started as a question to it does."""
    (run_dir(site.data) / "chat.asleep").unlink(missing_ok=True)
    eventually(lambda: "chat-model       ready after" in site.text())


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("up")


@pytest.fixture(scope="module")
def site(folder) -> Iterator[Site]:
    with running(folder / "site", PART_CHECK_SECONDS="3") as site:
        yield site


def test_every_part_starts_and_the_site_serves(site):
    eventually(site.healthy)
    assert all(site.part(name).is_running() for name in PARTS)


def test_the_packaged_chat_model_takes_no_memory_until_it_is_asked(site):
    with pytest.raises(LookupError):
        site.part("chat-model")
    wake_chat_model(site)
    assert site.part("chat-model").is_running()


def test_the_first_start_shows_the_address_and_how_to_sign_in(site):
    assert f"http://127.0.0.1:{site.port}" in site.text()
    assert re.search(r"Sign in as admin with the password \S{12,}", site.text())


def test_secrets_and_sockets_are_for_the_owner_only(site):
    assert site.data.stat().st_mode & 0o077 == 0
    for name in ("secret_key", "model_key"):
        assert (site.data / name).stat().st_mode & 0o077 == 0
    key = (site.data / "model_key").read_text()
    lines = read_each(site.family(), lambda process: " ".join(process.cmdline()))
    assert len(lines) >= len(PARTS)
    assert not [line for line in lines if key in line]


def test_nothing_but_the_web_port_is_opened(site):
    family = [*site.family(), psutil.Process(site.process.pid)]
    listening = {
        connection.laddr.port
        for connections in read_each(family, lambda process: process.net_connections("inet"))
        for connection in connections
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {site.port}


def test_the_role_of_the_site_is_no_superuser_but_has_the_extensions(site):
    url = f"postgresql://aiapp@/aiapp?host={site.data / 'run'}"
    if not (site.data / "run").exists():
        pytest.skip("the sockets lie elsewhere, since the path is long")
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_setting('is_superuser')").fetchone()
        assert row == ("off",)
        found = connection.execute("SELECT extname FROM pg_extension").fetchall()
    assert {"vector", "pg_trgm", "unaccent"} <= {name for (name,) in found}


@pytest.mark.parametrize(
    "names",
    # Those that stay have to do without the stores for a while.
    [["postgres"], ["valkey"], ["embedding-model", "ingest", "web"]],
    ids="-".join,
)
def test_killed_parts_are_started_again(site, names):
    old = {name: site.part(name) for name in names}
    children = [child for part in old.values() for child in part.children(recursive=True)]
    said = len(site.text())
    for part in old.values():
        part.kill()

    def are_back() -> bool:
        try:
            return all(site.part(name).pid != part.pid for name, part in old.items())
        except (LookupError, psutil.NoSuchProcess):
            return False

    eventually(are_back)
    eventually(site.healthy)
    eventually(lambda: are_gone(children))
    for name in names:
        again = f"{name:<16} ready after"
        eventually(lambda again=again: again in site.text()[said:])


def test_parts_that_hang_are_ended_and_started_again(site):
    """The stores among them, by way of which the workers are asked."""
    names = ["postgres", "valkey", "chat-model", "turns", "beat", "web"]
    wake_chat_model(site)
    old = {name: site.part(name) for name in names}
    said = len(site.text())
    for part in [*old.values(), *old["web"].children()]:
        part.suspend()
    for name in names:
        # A part may end by itself when what it needs is ended.
        eventually(lambda name=name: f"{name:<16} ready after" in site.text()[said:])
    assert "did not answer any more and was ended" in site.text()[said:]
    eventually(lambda: are_gone(list(old.values())))
    eventually(site.healthy)


def test_a_second_start_on_the_same_data_is_refused(site):
    other = launch_in_vain(site.data, free_port())
    assert other.process.wait(START_SECONDS) != 0
    assert f"in use by process {site.process.pid}" in other.text()
    eventually(site.healthy)


def test_a_taken_port_is_refused_before_anything_starts(site, folder):
    other = launch_in_vain(folder / "taken", site.port)
    assert other.process.wait(START_SECONDS) != 0
    assert f"Port {site.port} on 127.0.0.1 is taken" in other.text()
    assert not (folder / "taken" / "postgres").exists()


def test_a_folder_of_the_first_release_is_upgraded_ended_killed_and_goes_on(
    site, folder, fake_model
):
    """All of it beside another site, and where the path is too long for sockets."""
    data, port = folder / ("a-directory-with-a-long-name-" * 4), free_port()
    data.mkdir()
    first_release.make_folder(data)
    # The other one has made them from nothing at its first start.
    shutil.copytree(site.data / "static", data / "static")
    model = {"OPENAI_BASE_URL": fake_model, "OPENAI_API_KEY": "k", "CHAT_MODEL": MODEL}
    settings = model | {"DRAIN_SECONDS": "1", "SUGGESTIONS": "0"}
    admin = {
        "DJANGO_SUPERUSER_USERNAME": "boss",
        "DJANGO_SUPERUSER_PASSWORD": "a long pass phrase",
    }
    url = f"http://127.0.0.1:{port}"
    with ThreadPoolExecutor(1) as person:
        # The first question comes before anything serves.
        asking = person.submit(first_release.ask_in_the_old_chat, url)
        with running(data, port, LOCAL_EMBEDDING_SERVER="false", **admin, **settings) as upgraded:
            old = asking.result(START_SECONDS)
            eventually(upgraded.healthy)
            eventually(site.healthy)
            assert "Sign in as boss" in upgraded.text()
            # Ended in the middle of that answer, as an upgrade does.
    with running(data, port, **settings) as beside:
        eventually(lambda: old.list_messages()[-1]["content"] == ANSWER)
        old.check()
        sockets = run_dir(beside.data)
        assert not sockets.is_relative_to(beside.data)
        assert sockets.stat().st_mode & 0o077 == 0
        family = beside.family()
        with redis.Redis(unix_socket_path=str(sockets / "valkey.sock")) as client:
            client.set("kept", "yes")
        beside.process.kill()
        beside.process.wait()
        eventually(lambda: are_gone(family))
    # The model's server holds no data.
    with running(data, port, LOCAL_EMBEDDING_SERVER="false", **settings) as beside:
        with redis.Redis(unix_socket_path=str(sockets / "valkey.sock")) as client:
            assert client.get("kept") == b"yes"
        assert "Sign in as before" in beside.text()
        eventually(beside.healthy)
        family = beside.family()
        assert beside.stop(signal.SIGTERM) == 0
        assert are_gone(family)
    assert not sockets.exists()
    eventually(site.healthy)


def test_half_an_admin_is_refused(folder):
    other = launch_in_vain(folder / "half", free_port(), DJANGO_SUPERUSER_USERNAME="boss")
    assert other.process.wait(START_SECONDS) != 0
    assert "DJANGO_SUPERUSER_PASSWORD must be set too" in other.text()
