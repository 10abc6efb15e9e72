"""The copy of the site that the check works on: a folder, an .env, compose projects of its own."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(
    *(".git", ".venv", "var", "node_modules", "__pycache__", ".*_cache", ".env", "backups")
)
MODEL_SETTINGS = {
    "COMPOSE_PROFILES": "",
    "COMPOSE_FILE": "docker-compose.yml:tests/containers/vendor.yml",
    "OPENAI_API_KEY": "sk-check",
    "OPENAI_BASE_URL": "http://vendor:9000/v1",
    "CHAT_MODEL": "echo",
    "CHAT_MODELS": "count-300-40",
    "EMBEDDING_MODEL": "fake",
    "CONCURRENT_TURNS": "0",
    "ASK_RATE": "off",
}


@dataclass
class Place:
    folder: Path
    project: str
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path, project: str) -> "Place":
        shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
        return cls(folder, project)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"COMPOSE_PROJECT_NAME": self.project} | self.variables

    def run(self, *command: str, input: str | None = None) -> str:
        """Run a command there and return what it prints. Raises CalledProcessError."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            input=input,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.stderr.write(f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}\n")
            done.check_returncode()
        return done.stdout.strip()

    def refuses(self, *command: str) -> str:
        """Run a command that has to fail, and return what it says."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if not done.returncode:
            raise AssertionError(f"{command} was not refused")
        return done.stdout + done.stderr

    def compose(self, *arguments: str) -> str:
        return self.run("docker", "compose", *arguments)

    def follow(self, block: str) -> str:
        """Run the commands that stand in docs/operations.md below `<!-- run: block -->`."""
        text = (self.folder / "docs/operations.md").read_text(encoding="utf-8")
        found = re.search(rf"<!-- run: {block} -->\n```sh\n(.*?)```", text, re.DOTALL)
        if found is None:
            raise AssertionError(f"docs/operations.md has no commands for {block}")
        return self.run("sh", "-euc", found[1])

    def set(self, settings: Mapping[str, str]) -> None:
        """Write settings into .env."""
        file = self.folder / ".env"
        lines = file.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if line.partition("=")[0] not in settings]
        added = [f"{name}={value}" for name, value in settings.items()]
        file.write_text("\n".join([*kept, *added, ""]), encoding="utf-8")

    def list_containers(self, service: str) -> list[str]:
        return self.compose("ps", "--quiet", service).split()

    def inspect(self, what: str, template: str) -> str:
        return self.run("docker", "inspect", "--format", template, what)

    def is_healthy(self, container: str) -> bool:
        return self.inspect(container, "{{.State.Health.Status}}") == "healthy"

    def measure_image(self, tag: str) -> float:
        """Return the size of an image in megabytes."""
        return int(self.inspect(tag, "{{.Size}}")) / 1e6

    def change_release(self, version: str) -> None:
        """Make the copy a later release, with a migration of its own."""
        file = self.folder / "aiapp/__init__.py"
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r'(__version__ = )".+"', rf'\1"{version}"', text), encoding="utf-8")
        migrations = self.folder / "chat/migrations"
        last = max(path.stem for path in migrations.glob("0*.py"))
        (migrations / "9000_of_the_check.py").write_text(MIGRATION.format(last), encoding="utf-8")


MIGRATION = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("chat", "{}")]
    operations = [migrations.RunSQL("ALTER TABLE chat_conversation ADD COLUMN of_the_check text")]
"""


def documented_settings(folder: Path) -> list[str]:
    """Return the names in the tables of docs/operations.md."""
    text = (folder / "docs/operations.md").read_text(encoding="utf-8")
    rows = text[text.index("## Settings") :].splitlines()
    cells = [row.split("|")[1] for row in rows if row.startswith("| `")]
    return sorted({name for cell in cells for name in re.findall(r"`([A-Z_]+)`", cell)})


def find(value: Any, *keys: str) -> Any:
    """Return what lies at a path of keys in nested dictionaries, or None."""
    for key in keys:
        value = (value or {}).get(key)
    return value
