"""The first half of the walk: build, start, sign in, upload, ask, scale, lose servers."""

import json
import subprocess
import time
from collections.abc import Callable
from typing import Any

import aiapp
from tests.containers.client import Client, Refused
from tests.containers.load import ANSWER, MODEL, Load
from tests.containers.place import MODEL_SETTINGS, Place, documented_settings, find

OURS = ("web", "worker", "ingest", "beat")
# What the compose file decides, whatever .env says.
DECIDED = {"DATA_DIR", "STATIC_ROOT", "HEARTBEAT_FILE", "DJANGO_SUPERUSER_PASSWORD"}
SIZES_MB = {"": 1000, "-local": 1600}
PAGE = "The harbour of Seaford opens at seven, and closes when the last boat is in."
PICTURE = """
import io, sys
from PIL import Image, ImageDraw, ImageFont
image = Image.new("RGB", (900, 200), "white")
ImageDraw.Draw(image).text((20, 60), "Harbour toll 42", "black", ImageFont.load_default(80))
file = io.BytesIO(); image.save(file, "PNG"); sys.stdout.write(file.getvalue().hex())
"""


class Check:
    def __init__(self, place: Place, *, build_local: bool) -> None:
        self.place = place
        self.other: Place | None = None
        self.build_local = build_local
        self.url = "https://localhost"
        self.client = Client(self.url)
        self.password = ""
        self.document: dict[str, Any] = {}
        self.tag = ""

    def sign_in(self) -> Client:
        self.client = Client(self.url).sign_in("admin", self.password)
        return self.client

    def end(self) -> None:
        for place in filter(None, (self.other, self.place)):
            place.compose("down", "--volumes", "--remove-orphans", "--timeout", "5")

    def collect_logs(self) -> str:
        try:
            return self.place.compose("logs", "--tail", "15") + "\n"
        except subprocess.CalledProcessError as error:
            return f"{error}\n"


def until(condition: Callable[[], Any], what: str, seconds: float = 120) -> Any:
    """Wait for something to become true, and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if value := condition():
                return value
        except (OSError, Refused):
            pass
        time.sleep(0.5)
    raise TimeoutError(f"{what} did not come about in {seconds} s")


def install(check: Check) -> str:
    """An .env is filled in as docs/operations.md says."""
    check.place.follow("install")
    check.place.set(MODEL_SETTINGS | {"SITE_URL": check.url})
    return ""


def settings_arrive(check: Check) -> str:
    """Every documented setting that stands in .env reaches the containers."""
    before = (check.place.folder / ".env").read_text(encoding="utf-8")
    names = documented_settings(check.place.folder)
    check.place.set({name: f"check-{name}" for name in names})
    config = json.loads(check.place.compose("config", "--format", "json"))
    for service in OURS:
        given = config["services"][service]["environment"]
        missing = {name for name in names if given.get(name) != f"check-{name}"} - DECIDED
        assert not missing, f"{service} is not given {missing}"
    (check.place.folder / ".env").write_text(before, encoding="utf-8")
    return f"({len(names)} settings)"


def secrets_come_from_files(check: Check) -> str:
    """With deploy/secrets.yml no secret stands in a container's environment."""
    place = check.place
    (place.folder / "secrets").mkdir()
    for name in ("secret_key", "postgres_password", "database_password", "redis_password"):
        (place.folder / "secrets" / name).write_text("a-secret-in-a-file")
    dummies = ("SECRET_KEY", "POSTGRES_PASSWORD", "DATABASE_PASSWORD", "REDIS_PASSWORD")
    before = (place.folder / ".env").read_text(encoding="utf-8")
    files = {"COMPOSE_FILE": "docker-compose.yml:deploy/secrets.yml"}
    place.set(dict.fromkeys(dummies, "file") | files)
    config = json.loads(place.compose("config", "--format", "json"))
    for service in (*OURS, "database", "valkey"):
        given = config["services"][service]["environment"]
        assert not any(given.get(name) for name in dummies), f"{service}: {given}"
    # The app itself reads them.
    read = "from django.conf import settings; print(settings.REDIS_URL)"
    shell = ["-T", "--no-deps", "migrate", "python", "manage.py", "shell", "-v0", "-c", read]
    if check.tag:
        assert "a-secret-in-a-file" in place.compose("run", "--rm", *shell)
    (place.folder / ".env").write_text(before, encoding="utf-8")
    return ""


def build(check: Check) -> str:
    """The images are built."""
    check.place.compose("build", "--quiet")
    check.tag = aiapp.__version__
    told = [f"aiapp {check.place.measure_image(f'aiapp:{check.tag}'):.0f} MB"]
    if check.build_local:
        check.place.compose("--profile", "models", "build", "--quiet", "chat-model")
        told.append(f"aiapp-local {check.place.measure_image(f'aiapp-local:{check.tag}'):.0f} MB")
    label = '{{index .Config.Labels "org.opencontainers.image.version"}}'
    assert check.place.inspect(f"aiapp:{check.tag}", label) == check.tag
    return f"({', '.join(told)})"


def start(check: Check) -> str:
    """It starts as docs/operations.md says; the proxy answers at once, with a page that waits."""
    check.place.compose("up", "--detach", "--no-deps", "proxy")
    client = Client(check.url)
    waiting = until(lambda: _status(client, "/chat/"), "the proxy", 60)
    assert waiting[0] == 503, waiting
    assert b"Back in a moment" in waiting[1], waiting
    waiting = _status(client, "/api/me")
    assert find(json.loads(waiting[1]), "error", "code") == "unavailable"
    check.password = check.place.follow("start").split()[-1]
    until(lambda: client.fetch("/health/ready"), "the site")
    return ""


def _status(client: Client, path: str) -> tuple[int, bytes]:
    try:
        return 200, client.fetch(path)
    except Refused as error:
        return error.status, error.body


def sign_in(check: Check) -> str:
    """The first administrator signs in through the proxy, as a browser and as a program."""
    assert Client(check.url).sign_in_by_page("admin", check.password).endswith("/chat/")
    assert check.sign_in().call("/api/me")["username"] == "admin"
    return ""


def containers_are_bound(check: Check) -> str:
    """Containers are healthy, bounded, and know this machine by a name."""
    place, told = check.place, []
    for service in (*OURS, "proxy", "database", "valkey"):
        container = until(lambda s=service: place.list_containers(s), service)[0]
        until(lambda c=container: place.is_healthy(c), f"{service}'s health")
        memory = int(place.inspect(container, "{{.HostConfig.Memory}}"))
        assert memory > 0, service
        assert int(place.inspect(container, "{{.HostConfig.PidsLimit}}")) > 0
    used = place.run(
        "docker", "stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}",
        *(place.list_containers(service)[0] for service in OURS),
    )  # fmt: skip
    for line in used.splitlines():
        name, amount = line.split()[:2]
        told.append(f"{name.rsplit('-', 2)[-2]} {amount}")
    name = "import socket; print(socket.gethostbyname('host.docker.internal'))"
    place.compose("exec", "-T", "web", "python", "-c", name)
    return f"({', '.join(told)})"


def upload(check: Check) -> str:
    """A text and a picture of words are read, and found."""
    client = check.client
    check.document = client.upload("harbour.txt", f"{PAGE}\n".encode() * 3)
    picture = check.place.compose("exec", "-T", "web", "python", "-c", PICTURE)
    scanned = client.upload("toll.png", bytes.fromhex(picture))
    for each in (check.document, scanned):
        path = f"/api/documents/{each['id']}"
        until(lambda p=path: client.call(p)["status"] in ("ready", "failed"), path)
        assert client.call(path)["status"] == "ready", client.call(path)
    found = client.call("/api/documents/search", {"query": "harbour toll 42", "k": 5})
    assert "Harbour toll 42" in json.dumps(found), found
    speech = "from documents.parsing.parsers.media import audio; assert audio.is_installed()"
    check.place.compose("exec", "-T", "web", "python", "-c", speech)
    return ""


def ask(check: Check) -> str:
    """A question is answered over server-sent events and over the WebSocket."""
    question = {"messages": [{"role": "user", "content": "one two three"}], "collections": []}
    told = [event for _, event in check.client.events("/api/chat/stream", question)]
    assert "one two three" in "".join(event.get("text", "") for event in told), told
    assert "four five" in check.client.ask_by_socket("four five", "echo")
    return ""


def logs_are_lines(check: Check) -> str:
    """A request is one line at the proxy, without its query; workers write JSON."""
    check.client.fetch("/api/me?token=not-to-be-seen", None)
    check.client.open("/accounts/login/?next=/" + "x" * 50).close()
    time.sleep(1)
    lines = check.place.compose("logs", "--no-log-prefix", "proxy").splitlines()
    asked = [json.loads(line) for line in lines if '"handled request"' in line]
    mine = [line for line in asked if line["request"]["uri"] == "/api/me-"]
    assert len(mine) == 1, mine
    assert mine[0]["request_id"]
    text = "\n".join(lines)
    assert not [secret for secret in ("not-to-be-seen", "xxxxx", "Bearer") if secret in text]
    for service in ("worker", "ingest", "beat"):
        written = check.place.compose("logs", "--no-log-prefix", service).splitlines()
        odd = [line for line in written if line and not line.startswith("{")]
        assert not odd, f"{service}: {odd[:3]}"
    return f"({len(asked)} requests, {len(lines)} lines)"


def _count_healthy(place: Place, service: str) -> int:
    return sum(place.is_healthy(container) for container in place.list_containers(service))


def lose_a_server(check: Check) -> str:
    """Scaled to three, one is killed in mid-stream: every answer is whole."""
    check.place.follow("scale")
    until(lambda: _count_healthy(check.place, "web") == 3, "three web servers", 300)
    with Load(check.sign_in(), probes=1, readers=6) as load:
        victim = check.place.list_containers("web")[0]
        check.place.run("docker", "kill", victim)
    assert not load.faults, load.faults
    check.place.run("docker", "start", victim)
    return f"({load.describe()})"


def end_the_database(check: Check) -> str:
    """PostgreSQL comes back that was told to end by SIGTERM, and an answer meanwhile is whole."""
    client, began = check.sign_in(), _read_start_of_database(check)
    path = f"/api/conversations/{client.call('/api/conversations', {})['id']}/messages"
    client.call(path, {"content": "count", "collections": [], "model": MODEL})
    end = "kill -TERM $(head -n 1 $PGDATA/postmaster.pid)"
    check.place.compose("exec", "-T", "database", "sh", "-c", end)
    ended = time.monotonic()
    until(lambda: _read_start_of_database(check) not in ("", began), "another start", 60)
    back = time.monotonic()
    until(lambda: client.call(path)[-1]["content"].strip() == ANSWER, "the answer", 60)
    return f"(back after {back - ended:.1f} s)"


def _read_start_of_database(check: Check) -> str:
    query = "SELECT pg_postmaster_start_time()"
    ask = ("exec", "-T", "database", "psql", "--username", "postgres", "--tuples-only", "--command")
    try:
        return check.place.compose(*ask, query)
    except subprocess.CalledProcessError:
        return ""


STEPS: list[Callable[[Check], str]] = [
    *(install, settings_arrive, build, secrets_come_from_files, start, sign_in),
    *(containers_are_bound, upload, ask, logs_are_lines, lose_a_server, end_the_database),
]
