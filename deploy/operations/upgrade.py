"""A later release, an earlier one, or other settings, without a request that fails.

New containers start beside the old ones and serve before those are told to end. An old one goes
on with its answers for a while and hands over the rest; its readers go on with the new ones.
Workers go first: what web servers hand over at their end stays where it is, and nobody sends a
task that no worker knows.
"""

import argparse
import re
import subprocess
import time
from pathlib import Path

from operations.compose import ROOT, Project, read_image, run
from operations.terminal import Failure, end, say, step

# A proxy looks up every second which web servers there are.
SETTLE_SECONDS = 3
SERVICES = ("worker", "ingest", "web")
SINGLE = ("beat", "chat-model", "embedding-model")


def main(arguments: list[str]) -> None:
    options = _parse(arguments)
    try:
        if options.embedded:
            upgrade_embedded()
        else:
            upgrade(Project(options.project), options.to, build=not options.no_build)
    except Failure as reason:
        end(reason)


def upgrade(project: Project, tag: str, *, build: bool) -> None:
    """Bring every container of ours to a build, or to the settings that stand in .env now."""
    running = {name: project.list_containers(name) for name in SERVICES}
    if not running["web"]:
        raise Failure("No web server is running. Start the site: docker compose up --detach")
    before = read_image(running["web"][0])
    tag = tag or (name_build() if build else before)
    project.variables |= {"AIAPP_TAG": tag, "AIAPP_REVISION": read_revision()}
    if build:
        with step(f"Building {tag}"):
            project.run("build", "--quiet")
    elif not run(["docker", "images", "--quiet", f"aiapp:{tag}"], capture_output=True).stdout:
        raise Failure(f"There is no image aiapp:{tag}. Its builds: docker images aiapp")
    with step("Checking settings, migrating"):
        project.run("run", "--rm", "--no-deps", "--quiet-pull", "migrate")
    for name in SERVICES:
        replace(project, name, running[name])
    # There may be one of each only, so these are away for some seconds.
    single = [name for name in SINGLE if project.list_containers(name)]
    if single:
        with step(f"Replacing {', '.join(single)}"):
            project.run("up", "--detach", "--no-deps", "--no-build", "--wait", *single)
    write_tag(ROOT / ".env", tag)
    say(f"aiapp {tag} serves.")
    if before != tag:
        say(f"Back to what ran before, while its image is there: deploy/upgrade --to {before}")


def replace(project: Project, service: str, old: list[str]) -> None:
    """Start as many new containers as there are old ones, then end these one by one."""
    if not old:
        return
    with step(f"Starting {len(old)} {service} beside {len(old)}"):
        start = ["up", "--detach", "--no-deps", "--no-build", "--no-recreate", "--wait"]
        try:
            project.run(*start, "--scale", f"{service}={2 * len(old)}", service)
        except Failure as error:
            new = [each for each in project.list_containers(service) if each not in old]
            if new:
                run(["docker", "rm", "--force", *new], stdout=subprocess.DEVNULL)
            raise Failure(f"{error}\nThe old {service} goes on as before.") from error
    time.sleep(SETTLE_SECONDS)
    with step(f"Ending the old {service}"):
        for container in old:
            # It has the time that the compose file gives it.
            run(["docker", "stop", container], stdout=subprocess.DEVNULL)
            run(["docker", "rm", container], stdout=subprocess.DEVNULL)


def upgrade_embedded() -> None:
    """Install what the release asks for; the site itself is started by whoever runs it."""
    with step("Installing packages"):
        run(["sh", "scripts/venv.sh", ".venv", "run"])
    with step("Checking settings"):
        run([str(ROOT / ".venv/bin/python"), "manage.py", "check"])
    say("Now end the site (Ctrl-C, or systemctl restart) and start it: it migrates by itself.")


def name_build() -> str:
    """Return a tag for what is checked out: its version, and its commit if it is known."""
    text = (ROOT / "aiapp/__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"', text, re.MULTILINE)
    if found is None:
        raise Failure("aiapp/__init__.py names no version.")
    revision = read_revision()
    return f"{found[1]}-{revision}" if revision else found[1]


def read_revision() -> str:
    """Return the commit that is checked out, or nothing outside of a repository."""
    command = ["git", "rev-parse", "--short=12", "HEAD"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip()


def write_tag(file: Path, tag: str) -> None:
    """Have every later command of compose use the build as well."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    line = f"AIAPP_TAG={tag}\n"
    if re.search(r"^AIAPP_TAG=", text, re.MULTILINE):
        text = re.sub(r"^AIAPP_TAG=.*\n?", line, text, count=1, flags=re.MULTILINE)
    else:
        text = f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}{line}"
    file.write_text(text, encoding="utf-8")


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="deploy/upgrade",
        description="Build what is checked out and put it in the place of what runs, without a"
        " failed request: migrate, start new containers beside the old ones, end the old ones."
        " Make a backup before (deploy/backup). Database, Valkey and proxy are left alone.",
    )
    parser.add_argument("--to", default="", metavar="TAG", help="an image that was built before")
    parser.add_argument(
        "--no-build", action="store_true", help="the build that runs, with the .env of now"
    )
    parser.add_argument("--project", default="", help="the name of the compose project")
    parser.add_argument(
        "--embedded", action="store_true", help="a site of `manage.py up`, without containers"
    )
    options = parser.parse_args(arguments)
    options.no_build = options.no_build or bool(options.to)
    return options
