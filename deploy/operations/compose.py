"""Docker Compose, as it stands in the folder of the site."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from operations.terminal import Failure

ROOT = Path(__file__).resolve().parents[2]


def run(
    command: Sequence[str], variables: Mapping[str, str] | None = None, **options: Any
) -> "subprocess.CompletedProcess[str]":
    """Run a command in the folder of the site. Raises Failure."""
    try:
        return subprocess.run(
            command, cwd=ROOT, env=os.environ | (variables or {}), check=True, text=True, **options
        )
    except FileNotFoundError as error:
        raise Failure(f"{command[0]} is not installed.") from error
    except subprocess.CalledProcessError as error:
        shown = " ".join(command[:8])
        raise Failure(f"Failed with {error.returncode}: {shown}\n{error.stderr or ''}") from error


@dataclass
class Project:
    """A compose project, by its name or else by that of the folder."""

    name: str = ""
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def command(self) -> list[str]:
        return ["docker", "compose", *(["--project-name", self.name] if self.name else [])]

    def run(self, *arguments: str, **options: Any) -> None:
        run([*self.command, *arguments], self.variables, **options)

    def read(self, *arguments: str) -> str:
        """Run a command of compose and return what it prints."""
        done = run([*self.command, *arguments], self.variables, capture_output=True)
        return done.stdout.strip()

    def open(self, *arguments: str, **options: Any) -> "subprocess.Popen[str]":
        """Start a command of compose that goes on beside others."""
        command = [*self.command, *arguments]
        environment = os.environ | self.variables
        return subprocess.Popen(command, cwd=ROOT, env=environment, text=True, **options)

    def list_containers(self, service: str) -> list[str]:
        """Return the ids of the containers that a service runs."""
        return self.read("ps", "--quiet", service).split()

    def read_settings(self) -> dict[str, str]:
        """Return what `web` is given, from .env and the compose file."""
        config = json.loads(self.read("config", "--format", "json"))
        settings: dict[str, str | None] = config["services"]["web"]["environment"]
        return {name: value or "" for name, value in settings.items()}


def read_image(container: str) -> str:
    """Return the tag that a container was started from."""
    inspect = ["docker", "inspect", "--format", "{{.Config.Image}}", container]
    return run(inspect, capture_output=True).stdout.strip().rpartition(":")[2]


def pipe(command: Sequence[str], *, source: IO[bytes] | None, target: IO[bytes] | None) -> None:
    """Run a command between two files. Raises Failure."""
    done = subprocess.run(
        command, cwd=ROOT, stdin=source or subprocess.DEVNULL, stdout=target, check=False
    )
    if done.returncode:
        raise Failure(f"Failed with {done.returncode}: {' '.join(command[:8])}")
