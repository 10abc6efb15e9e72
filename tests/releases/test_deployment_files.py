"""The promises of the container files: one door, no secrets, nothing to gain inside."""

import re
from pathlib import Path

import botocore
import pytest
import yaml

import aiapp
from aiapp import server
from aiapp.embedded import parts, postgres

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
OURS = {"migrate", "web", "worker", "ingest", "beat", "chat-model", "embedding-model"}
LONG_RUNNING = sorted(set(SERVICES) - {"migrate"})
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
TAG = f"${{AIAPP_TAG:-{aiapp.__version__}}}"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def in_words(command):
    return command if isinstance(command, str) else " ".join(command)


def test_the_services_are_the_known_ones():
    assert set(SERVICES) == OURS | {"proxy", "database", "valkey"}


def test_only_the_proxy_is_published():
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"proxy"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_can_do_little(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert not any("docker.sock" in str(volume) for volume in service.get("volumes", []))
    assert service["tmpfs"]


def test_stores_and_models_cannot_reach_the_internet():
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("database", "valkey", "chat-model", "embedding-model"):
        assert SERVICES[name]["networks"] == ["inside"]
    assert SERVICES["proxy"]["networks"] == ["outside"]


def test_a_web_server_has_the_time_that_its_drain_takes(settings):
    found = re.fullmatch(r"\$\{WEB_STOP_GRACE:-(\d+)s\}", SERVICES["web"]["stop_grace_period"])
    assert found is not None
    embedded = parts.web(parts.Place(ROOT, ROOT, ROOT), "127.0.0.1", 8000).stop_seconds
    assert min(int(found[1]), embedded) > settings.DRAIN_SECONDS + server.END_SECONDS


def test_the_database_writes_down_nothing_that_it_refuses():
    """As in embedded mode, where it is tried."""
    for name, value in postgres.QUIET.items():
        assert f"-c {name}={value}" in in_words(SERVICES["database"]["command"])


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_a_service_that_runs_on_has_a_health_check_and_comes_back(name):
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_nothing_starts_before_what_it_needs():
    # It says that the site is away as long as it is.
    assert "depends_on" not in SERVICES["proxy"]
    for name in ("web", "worker", "ingest", "beat"):
        needs = SERVICES[name]["depends_on"]
        assert needs["migrate"] == {"condition": "service_completed_successfully"}
        assert needs["database"] == needs["valkey"] == {"condition": "service_healthy"}
    assert "migrate" not in SERVICES["migrate"]["depends_on"]
    assert SERVICES["migrate"]["restart"] == "no"


@pytest.mark.parametrize("name", ["web", "worker", "ingest"])
def test_a_service_can_be_scaled(name):
    assert "container_name" not in SERVICES[name]
    assert "hostname" not in SERVICES[name]


def test_every_queue_has_a_worker_and_one_scheduler():
    assert "-Q turns,default" in in_words(SERVICES["worker"]["command"])
    assert "-Q ingest" in in_words(SERVICES["ingest"]["command"])
    with_schedule = [
        name for name, s in SERVICES.items() if " beat" in in_words(s.get("command", ""))
    ]
    assert with_schedule == ["beat"]


def test_secrets_come_from_the_environment_and_must_be_there():
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"SECRET|PASSWORD|KEY$", variable) and value:
                assert re.fullmatch(r"\$\{\w+(:-|:\?.+)\}", value), f"{name}: {variable}"
    for secret in ("SECRET_KEY", "POSTGRES_PASSWORD", "DATABASE_PASSWORD", "REDIS_PASSWORD"):
        uses = re.findall(rf"(?<!\$)\$\{{{secret}\b[^}}]*\}}", TEXT)
        assert uses
        assert all(use.startswith(f"${{{secret}:?") for use in uses)
    for address in re.findall(r"\w+://\S+", TEXT):
        assert not re.search(r"://[^/@{$]*:[^/@{$]+@", address), address


def test_the_example_names_what_has_to_be_set_and_holds_no_secret():
    named = dict(re.findall(r"^(\w+)=(.*)$", EXAMPLE, re.MULTILINE))
    needed = set(re.findall(r"\$\{(\w+):\?", TEXT)) | {
        f"DJANGO_SUPERUSER_{part}" for part in ("USERNAME", "EMAIL", "PASSWORD")
    }
    assert needed <= set(named)
    assert (
        set(named)
        - {"COMPOSE_PROFILES", "POSTGRES_PASSWORD", "AIAPP_TAG", "HTTP_PORT", "HTTPS_PORT"}
        <= documented_settings()
    )
    assert {value for value in named.values() if value} == {"false", "models", "60/m", "10"}


def test_the_image_keeps_the_languages_that_the_site_speaks(settings):
    (rule,) = re.findall(r"'\*/locale/\*' -prune \\\n(.+) -exec rm", DOCKERFILE)
    kept = set(re.findall(r"! -name (\w+)", rule)) - {"__pycache__"}
    assert kept == {code for code, _ in settings.LANGUAGES}


def test_the_image_keeps_what_a_bucket_and_its_keys_need():
    (rule,) = re.findall(r"botocore/data -mindepth 1 .+\\\n(.+) -exec rm", DOCKERFILE)
    kept = set(re.findall(r"! -name ([\w-]+)", rule))
    assert {"s3", "sts"} <= kept
    services = {path.name for path in (Path(botocore.__file__).parent / "data").iterdir()}
    assert kept <= services


def documented_settings():
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    rows = text[text.index("## Settings") :].splitlines()
    cells = [row.split("|")[1] for row in rows if row.startswith("| `")]
    return {name for cell in cells for name in re.findall(r"`([A-Z_]+)`", cell)}


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_documented_setting_reaches_a_container(name):
    """From .env, except what the image or the other containers decide."""
    service = SERVICES[name]
    assert service["env_file"] == [{"path": ".env", "required": False}]
    decided = {
        variable
        for variable, value in service["environment"].items()
        if f"${{{variable}:" not in value
    }
    for_migrate = set() if name == "migrate" else {"DJANGO_SUPERUSER_PASSWORD"}
    of_workers = {"HEARTBEAT_FILE"} if name in ("worker", "ingest", "beat") else set()
    known = {"DATA_DIR", "STATIC_ROOT"} | for_migrate | of_workers
    assert decided & documented_settings() == known


@pytest.mark.parametrize("name", sorted(OURS - {"migrate"}))
def test_the_passwords_of_administrators_stay_where_they_are_needed(name):
    environment = SERVICES[name]["environment"]
    assert environment["POSTGRES_PASSWORD"] == environment["DJANGO_SUPERUSER_PASSWORD"] == ""


def test_the_web_server_trusts_exactly_the_proxy_unless_there_are_more():
    assert SERVICES["web"]["environment"]["TRUSTED_PROXIES"] == "${TRUSTED_PROXIES:-1}"


def test_the_database_is_made_with_the_extension_and_a_role_of_its_own():
    script = (ROOT / "deploy/database.sql").read_text(encoding="utf-8")
    assert "CREATE EXTENSION IF NOT EXISTS vector" in script
    assert not re.search(r"^CREATE ROLE .*SUPERUSER", script, re.MULTILINE)
    assert re.fullmatch(r"pgvector/pgvector:0\.8\.\d+-pg18", SERVICES["database"]["image"])
    assert any("database.sql" in volume for volume in SERVICES["database"]["volumes"])


def test_valkey_keeps_its_data_and_drops_nothing():
    command = in_words(SERVICES["valkey"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert "requirepass" in command


def test_the_local_models_are_only_there_when_asked_for():
    with_profile = {name for name, service in SERVICES.items() if "profiles" in service}
    assert with_profile == {"chat-model", "embedding-model"}
    assert SERVICES["chat-model"]["build"]["args"]["WITH_LOCAL"] == "1"
    assert {SERVICES[name]["image"] for name in with_profile} == {f"aiapp-local:{TAG}"}


def test_an_image_is_built_once_under_the_tag_of_its_release():
    """Compose takes what another service builds, if the name is the same."""
    assert {name for name, s in SERVICES.items() if "build" in s} == {"migrate", "chat-model"}
    assert {SERVICES[n]["image"] for n in OURS if "profiles" not in SERVICES[n]} == {f"aiapp:{TAG}"}
    assert not DOCKERFILE.startswith("# syntax=")
    assert 'LABEL org.opencontainers.image.title="aiapp"' in DOCKERFILE


def test_ocr_and_speech_are_in_the_image_unless_they_are_left_out():
    arguments = SERVICES["migrate"]["build"]["args"]
    assert arguments["WITH_OCR"] == "${WITH_OCR:-1}"
    assert arguments["WITH_SPEECH"] == "${WITH_SPEECH:-1}"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_may_not_take_all_of_the_machine(name):
    assert SERVICES[name]["mem_limit"]
    assert SERVICES[name]["pids_limit"] == "${PIDS_LIMIT:-512}"


@pytest.mark.parametrize("name", ["web", "worker", "ingest", "beat"])
def test_a_health_check_starts_no_python(name):
    assert not re.search(r"python|celery", in_words(SERVICES[name]["healthcheck"]["test"]))


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_model_server_on_the_machine_has_a_name(name):
    assert SERVICES[name]["extra_hosts"] == ["host.docker.internal:host-gateway"]


@pytest.mark.parametrize(
    "name", ["docker-compose.yml", "deploy/secrets.yml", "tests/containers/vendor.yml"]
)
def test_what_is_brought_from_the_folder_is_there(name):
    services = yaml.safe_load((ROOT / name).read_text(encoding="utf-8")).get("services", {})
    volumes = [str(each) for service in services.values() for each in service.get("volumes", [])]
    brought = [each.partition(":")[0] for each in volumes if each.startswith("./")]
    assert [path for path in brought if not (ROOT / path).exists()] == []


def test_secrets_can_come_from_files():
    overlay = yaml.safe_load((ROOT / "deploy/secrets.yml").read_text(encoding="utf-8"))
    assert set(overlay["services"]) == OURS | {"database", "valkey"}
    for name, service in overlay["services"].items():
        for variable, value in service["environment"].items():
            file = variable.removesuffix("_FILE").lower()
            assert value == (f"/run/secrets/{file}" if variable.endswith("_FILE") else ""), name
            assert file in service["secrets"]


def test_the_proxy_buffers_nothing_and_finds_every_replica():
    caddyfile = (ROOT / "deploy/proxy/Caddyfile").read_text(encoding="utf-8")
    assert "flush_interval -1" in caddyfile
    assert "dynamic a" in caddyfile
    assert "admin off" in caddyfile


def test_the_image_is_built_from_locked_packages_and_runs_without_root():
    assert DOCKERFILE.count("FROM ${PYTHON}") == 2
    assert "ARG PYTHON=python:3.11-slim" in DOCKERFILE
    assert re.findall(r'pip="(.+)"', DOCKERFILE) == ["/opt/venv/bin/pip install --require-hashes"]
    assert DOCKERFILE.count("pip install") == 1
    users = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)
    assert users == ["10001:10001"]
    assert "ENV SECRET" not in DOCKERFILE
    assert "$packages libgomp1" in DOCKERFILE[DOCKERFILE.rindex("FROM") :]
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".env", ".git", "var"} <= set(ignored)
