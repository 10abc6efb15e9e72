"""List what is shipped: packages, libraries in wheels, vendored files and models, with licences.

    sbom.py FOLDER      write a bill of materials (CycloneDX 1.6), or say what has no licence

CycloneDX's own program reads the installed packages; those of the lock files of images and of the
embedded mode are kept. What no package knows of itself stands in `shipped.toml`.
"""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

import aiapp

ROOT = Path(__file__).resolve().parent.parent
TABLE = Path(__file__).with_name("shipped.toml")
# Where the packages of a lock file go.
LOCKS = {
    "requirements.txt": "site",
    "requirements-speech.txt": "speech",
    "requirements-models.txt": "local models",
    "requirements-local.txt": "embedded mode",
    "requirements-weights.txt": "embedded mode",
}
VENDORED = "static/vendor"
PROPERTY = "aiapp:part"

Component = dict[str, Any]


@cache
def read_table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


@dataclass
class Lock:
    """A locked package: its version, and the parts that it belongs to."""

    version: str
    parts: set[str]


@cache
def read_locks() -> dict[NormalizedName, Lock]:
    """Return the locked packages that this platform has."""
    locks: dict[NormalizedName, Lock] = {}
    for file, part in LOCKS.items():
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
            if not re.match(r"[A-Za-z0-9]", line):
                continue
            requirement = Requirement(line.partition("--hash")[0].rstrip(" \\"))
            if requirement.marker is None or requirement.marker.evaluate():
                version = str(requirement.specifier).removeprefix("==")
                name = canonicalize_name(requirement.name)
                locks.setdefault(name, Lock(version, set())).parts.add(part)
    return locks


def read_environment() -> dict[str, Any]:
    """Return what CycloneDX finds in the virtual environment."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "all.json"
        command = ["-m", "cyclonedx_py", "environment", sys.executable, "--no-validate"]
        subprocess.run(
            [sys.executable, *command, "--output-reproducible", "--output-file", str(file)],
            check=True,
        )
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def make_bill(version: str) -> dict[str, Any]:
    """Return the whole bill of materials."""
    table, locks, bill = read_table(), read_locks(), read_environment()
    packages = [
        describe_package(component, table, locks[name].parts)
        for component in bill["components"]
        if (name := canonicalize_name(component["name"])) in locks
    ]
    kept = {component["bom-ref"] for component in packages}
    return bill | {
        "metadata": {
            "tools": bill["metadata"]["tools"],
            "component": {
                "type": "application",
                "bom-ref": "aiapp",
                "name": "aiapp",
                "version": version,
                "licenses": [{"license": {"name": "not chosen yet"}}],
            },
        },
        "components": [*packages, *list_assets(table), *list_models(table)],
        "dependencies": [
            {**row, "dependsOn": [ref for ref in row.get("dependsOn", []) if ref in kept]}
            for row in bill["dependencies"]
            if row["ref"] in kept
        ],
    }


def describe_package(
    component: Component, table: dict[str, Any], parts: Iterable[str]
) -> Component:
    """Return a package with one licence by SPDX's names, its parts, and the libraries in it."""
    licence = table["packages"].get(canonicalize_name(component["name"]))
    said = [read_licence(each) for each in component.get("licenses", [])]
    known = list(dict.fromkeys(table["packages"].get(name, name) for name in said))
    found = component | {
        "licenses": name_licence(licence or " AND ".join(known)),
        "properties": [{"name": PROPERTY, "value": part} for part in sorted(parts)],
    }
    libraries = list(list_libraries(component["name"], table))
    return found | ({"components": libraries} if libraries else {})


def read_licence(entry: dict[str, Any]) -> str:
    named = entry.get("license", {})
    return str(entry.get("expression") or named.get("id") or named.get("name"))


def name_licence(expression: str) -> list[dict[str, Any]]:
    return [{"expression": expression}] if expression else []


def list_libraries(package: str, table: dict[str, Any]) -> Iterator[Component]:
    """List the libraries that a wheel brings along."""
    stems: dict[str, str] = {}
    for file in metadata.files(package) or []:
        if file.parent.name.endswith(".libs"):
            stem = re.sub(r"(-[0-9a-f]{8})*(\.so.*|-[0-9a-f]{8}\.so.*|\.[0-9].*)$", "", file.name)
            stems.setdefault(stem, file.name)
    for stem, name in sorted(stems.items()):
        yield {
            "type": "library",
            "bom-ref": f"{package}/{name}",
            "name": stem,
            "licenses": name_licence(table["libraries"].get(stem, "")),
        }


def list_assets(table: dict[str, Any]) -> Iterator[Component]:
    """List what was copied into the repository."""
    for asset in table["asset"]:
        purl = {"purl": asset["purl"]} if "purl" in asset else {}
        yield {
            "type": "library",
            "bom-ref": f"{asset['folder']}/{asset['name']}",
            "name": asset["name"],
            "version": asset["version"],
            "licenses": name_licence(asset["licence"]),
            "properties": [{"name": PROPERTY, "value": "site"}],
            **purl,
        }


def list_models(table: dict[str, Any]) -> Iterator[Component]:
    """List the weights and vocabularies that come in packages."""
    for model in table["model"]:
        yield {
            "type": "machine-learning-model",
            "bom-ref": f"{model['package']}/{model['name']}",
            "name": model["name"],
            "version": model["version"],
            "licenses": name_licence(model["licence"]),
            "externalReferences": [{"type": "distribution", "url": model["source"]}],
        }


def find_faults(bill: dict[str, Any]) -> Iterator[str]:
    """Tell what is missing, has no licence, or has one that may not be shipped."""
    versions = {canonicalize_name(each["name"]): each.get("version") for each in bill["components"]}
    for name, lock in sorted(read_locks().items()):
        if versions.get(name) != lock.version:
            yield f"{name} is locked at {lock.version}, installed is {versions.get(name)}"
    for component in list_all(bill["components"]):
        yield from find_licence_faults(component)
    yield from find_asset_faults(ROOT / VENDORED)
    weights = (ROOT / "requirements-weights.txt").read_text(encoding="utf-8")
    packages = {model["package"] for model in read_table()["model"]}
    for name in sorted(set(re.findall(r"^([a-z0-9-]+)==", weights, re.MULTILINE)) - packages):
        yield f"{name} holds a model that shipped.toml does not name"


def list_all(components: list[Component]) -> Iterator[Component]:
    for component in components:
        yield component
        yield from list_all(component.get("components", []))


def find_licence_faults(component: Component) -> Iterator[str]:
    """Tell what is wrong with the licence of one thing. Of alternatives, one has to be allowed."""
    table = read_table()
    expression = " AND ".join(read_licence(each) for each in component.get("licenses", []))
    if not expression:
        yield f"{component['name']} has no licence that is known"
        return
    if "AGPL" in expression.upper():
        yield f"{component['name']} is under {expression}"
        return
    for choice in re.split(r" AND ", expression.replace("(", "").replace(")", "")):
        words = choice.split(" OR ")
        if not any(word in table["allowed"] or word in table["bearable"] for word in words):
            yield f"{component['name']} is under {choice}, which shipped.toml does not allow"


def find_asset_faults(vendored: Path) -> Iterator[str]:
    """Tell which vendored files belong to nothing that is named, or to another version."""
    named: set[Path] = set()
    for asset in read_table()["asset"]:
        folder = vendored / Path(asset["folder"]).relative_to(VENDORED)
        files = {folder / name for name in asset["licence_files"]}
        yield from (f"{file} is missing" for file in sorted(files) if not file.is_file())
        readme = next(p for p in (folder / "README.md", folder.parent / "README.md") if p.exists())
        version = asset["version"].split()[-1]
        if not readme.read_text(encoding="utf-8").splitlines()[0].endswith(f" {version}"):
            yield f"{readme} names another version than {version}"
        named |= files | {readme}
        named |= {file for pattern in asset["files"] for file in folder.glob(pattern)}
    for file in sorted(vendored.rglob("*")):
        if file.is_file() and file not in named:
            yield f"{file} belongs to nothing that shipped.toml names"


def validate(bill: dict[str, Any]) -> str:
    """Return a bill as text that CycloneDX's schema accepts; raise ValueError otherwise."""
    # Imported here, since it brings a grammar along that takes two seconds to compile.
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415

    text = json.dumps(bill, indent=1, sort_keys=True)
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ValueError(f"This is no CycloneDX: {error}")
    return text


def main(folder: Path) -> int:
    bill = make_bill(aiapp.__version__)
    if faults := list(find_faults(bill)):
        sys.stderr.writelines(f"{fault}\n" for fault in faults)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"aiapp-{aiapp.__version__}.cdx.json"
    file.write_text(validate(bill), encoding="utf-8")
    sys.stdout.write(f"{file}: {len(list(list_all(bill['components'])))} components\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
