"""The second half of the walk: upgrades, other settings, the way back, backup and restore."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

from tests.containers.client import Client
from tests.containers.load import Load
from tests.containers.place import Place
from tests.containers.steps import Check, until

LATER = "0.2.0"
READERS = 7


def _judge(check: Check, load: Load) -> str:
    assert not load.failures, load.failures[:5]
    assert not load.faults, load.faults
    assert load.requests, "nobody asked for anything"
    return f"({load.describe()})"


def upgrade(check: Check) -> str:
    """A later release with a migration takes over, and nobody notices."""
    check.place.change_release(LATER)
    with Load(check.sign_in(), readers=READERS) as load:
        check.place.follow("upgrade")
    assert check.place.inspect(check.place.list_containers("web")[0], "{{.Config.Image}}") == (
        f"aiapp:{LATER}"
    )
    return _judge(check, load)


def other_settings(check: Check) -> str:
    """A change of .env arrives without a failed request."""
    check.place.set({"RETRIEVAL_PASSAGES": "4"})
    with Load(check.sign_in(), readers=READERS) as load:
        check.place.follow("settings")
    given = check.place.compose("exec", "-T", "web", "printenv", "RETRIEVAL_PASSAGES")
    assert given == "4"
    return _judge(check, load)


def go_back(check: Check) -> str:
    """The release before comes back by its tag."""
    with Load(check.sign_in(), readers=READERS) as load:
        check.place.run("deploy/upgrade", "--to", check.tag)
    return _judge(check, load)


def newer_data_is_refused(check: Check) -> str:
    """Data of a release that this one cannot bear is refused, with both versions."""
    sql = "INSERT INTO aiapp_release VALUES ('9.1.0', '9.0.0')"
    database = ("exec", "-T", "database", "psql", "-U", "postgres", "aiapp", "-qc")
    check.place.compose(*database, sql)
    said = check.place.refuses("docker", "compose", "run", "--rm", "--no-deps", "migrate")
    assert "9.1.0" in said, said
    assert check.tag in said, said
    check.place.compose(*database, "DELETE FROM aiapp_release WHERE version = '9.1.0'")
    return ""


def back_up(check: Check) -> str:
    """A backup is made while people ask."""
    with Load(check.sign_in(), readers=2) as load:
        check.place.follow("backup")
    folder = _newest(check.place)
    sizes = [f"{path.name} {path.stat().st_size / 1e6:.1f} MB" for path in folder.iterdir()]
    assert "SECRET_KEY" in json.loads((folder / "manifest.json").read_text())["secrets"]
    return f"({', '.join(sizes)}; {_judge(check, load)[1:-1]})"


def _newest(place: Place) -> Path:
    return max((place.folder / "backups").glob("aiapp-*Z"))


def restore(check: Check) -> str:
    """It comes back in a project of another name: sign-in, search and file are the same."""
    backup = _newest(check.place)
    other = Place(check.place.folder, f"{check.place.project}-restored")
    other.variables = {
        "HTTP_PORT": "8080",
        "HTTPS_PORT": "8443",
        "SITE_URL": "https://localhost:8443",
        "COMPOSE_PROJECT_NAME": other.project,
    }
    check.other = other
    other.run("docker", "compose", "up", "--detach", "--no-deps", "vendor")
    other.run("deploy/restore", str(backup))
    client = Client("https://localhost:8443").sign_in("admin", check.password)
    until(lambda: client.call("/api/me"), "the restored site")
    query = {"query": "harbour of Seaford", "k": 3}
    searched = [each.call("/api/documents/search", query) for each in (check.sign_in(), client)]
    assert _texts(searched[0]) == _texts(searched[1]), searched
    path = f"/api/documents/{check.document['id']}/file"
    first, second = (each.fetch(path) for each in (check.client, client))
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()
    said = other.refuses("deploy/restore", str(backup))
    assert "not empty" in said, said
    assert client.call("/api/me")["username"] == "admin"
    return ""


def _texts(found: dict[str, list[dict[str, str]]]) -> list[str]:
    return re.findall(r'"text": "([^"]*)"', json.dumps(found))


def start_again(check: Check) -> str:
    """Ended and started anew, the site is as before."""
    check.place.compose("stop", "--timeout", "30")
    check.place.compose("up", "--detach", "--no-build")
    until(lambda: Client(check.url).fetch("/health/ready"), "the site")
    assert check.sign_in().call("/api/me")["username"] == "admin"
    listed = check.place.compose("ps", "--all", "--format", "{{.Service}} {{.ExitCode}}")
    assert all(line.endswith(" 0") for line in listed.splitlines()), listed
    check.place.follow("look")
    return ""


STEPS: list[Callable[[Check], str]] = [
    *(upgrade, other_settings, go_back, newer_data_is_refused, back_up, restore, start_again),
]
