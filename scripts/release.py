"""Write a release's number wherever one stands, and give what changed its heading.

release.py VERSION      for example 0.2.0; then commit, tag and list what is shipped
"""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NUMBER = r"\d+\.\d+\.\d+"
# The places of a release's number: what stands before it, in which file.
PLACES = {
    "aiapp/__init__.py": (r'^__version__ = "',),
    "docker-compose.yml": (r"\$\{AIAPP_TAG:-",),
    "tests/containers/vendor.yml": (r"\$\{AIAPP_TAG:-",),
    "deploy/chart/Chart.yaml": (r"^version: ", r'^appVersion: "'),
}
CHANGELOG = "CHANGELOG.md"
UNRELEASED = "## Unreleased\n"


class Refusal(Exception):
    """The reason why nothing was written."""


def find_numbers(root: Path) -> dict[str, list[str]]:
    """Return the numbers of each place."""
    return {
        f"{file}: {before}": re.findall(f"{before}({NUMBER})", read(root / file), re.MULTILINE)
        for file, befores in PLACES.items()
        for before in befores
    }


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def parse(version: str) -> tuple[int, ...]:
    if not re.fullmatch(NUMBER, version):
        raise Refusal(f"{version!r} is no version such as 0.2.0.")
    return tuple(int(part) for part in version.split("."))


def name_changes(changelog: str, version: str, day: str) -> str:
    """Return the changelog with a heading over what was not released yet."""
    head, found, rest = changelog.partition(UNRELEASED)
    if not found or rest.lstrip().startswith("## ") or not rest.strip():
        raise Refusal(f"{CHANGELOG} names nothing that has changed.")
    if f"\n## {version} " in changelog:
        raise Refusal(f"{CHANGELOG} has a release {version}.")
    return f"{head}{UNRELEASED}\n## {version} ({day})\n{rest}"


def release(root: Path, version: str, day: str) -> None:
    """Write the number of a new release into all files, or into none."""
    current = read(root / "aiapp/__init__.py")
    released = re.search(rf"^## ({NUMBER}) ", read(root / CHANGELOG), re.MULTILINE)
    if released and parse(version) <= parse(released[1]):
        raise Refusal(f"{released[1]} is released already.")
    (number,) = re.findall(f'^__version__ = "({NUMBER})"', current, re.MULTILINE)
    if parse(version) < parse(number):
        raise Refusal(f"This is {number} already.")
    texts = {CHANGELOG: name_changes(read(root / CHANGELOG), version, day)}
    for file, befores in PLACES.items():
        texts[file] = re.sub(
            f"({'|'.join(befores)}){NUMBER}", rf"\g<1>{version}", read(root / file), flags=re.M
        )
    for file, text in texts.items():
        (root / file).write_text(text, encoding="utf-8")


def main(version: str) -> int:
    try:
        release(ROOT, version, datetime.now(UTC).date().isoformat())
    except Refusal as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    sys.stdout.write(
        f"Look at the changes, then:\n"
        f'  git commit --all --message "docs: Release {version}."\n'
        f'  git tag --annotate v{version} --message "aiapp {version}"\n'
        f"  make sbom\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
