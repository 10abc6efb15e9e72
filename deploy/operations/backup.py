"""A backup of a site that goes on serving: database and files of the same moment."""

import argparse
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from operations import archive
from operations.compose import ROOT
from operations.sites import DATABASE, Site, open_site, read_facts
from operations.terminal import Failure, end, say, step

SECRET = re.compile(r"SECRET|PASSWORD|TOKEN|_KEY(_FILE)?$")


def main(arguments: list[str]) -> None:
    options = _parse(arguments)
    try:
        with open_site(embedded=options.embedded, project=options.project) as site:
            folder = back_up(site, options.folder, options.encrypt)
            if options.send:
                with step("Sending"):
                    archive.send(folder, lambda name: site.manage("backups", "put", name))
    except (Failure, OSError) as reason:
        end(reason)
    say(f"\n{folder}")


def back_up(site: Site, parent: Path, encrypt: str) -> Path:
    """Write a backup into a new folder, which has its name once it is complete."""
    if not site.is_running():
        raise Failure("No web server is running. Start the site: docker compose up --detach")
    began = datetime.now(UTC)
    name = f"aiapp-{began:%Y%m%dT%H%M%SZ}"
    folder = parent / f"{name}.part"
    folder.mkdir(parents=True, mode=0o700)
    try:
        _write(site, folder, began, encrypt)
        return folder.rename(parent / name)
    except BaseException:
        # A disk that half a backup has filled would be full for the next one, too.
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _write(site: Site, folder: Path, began: datetime, encrypt: str) -> None:
    hold = subprocess.Popen(
        site.manage("inventory", "--hold"),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        inventory = read_facts(hold)
        parts = _write_parts(site, folder, inventory, encrypt)
    finally:
        hold.communicate()
    held = ("snapshot", "postgresql", "folder")
    archive.write_manifest(
        folder,
        {
            "format": archive.FORMAT,
            "began": began.isoformat(timespec="seconds"),
            "version": inventory["version"],
            "postgresql": inventory["postgresql"],
            "encrypted": bool(encrypt),
            "secrets": _name_secrets(site),
            "parts": parts,
            "inventory": {key: value for key, value in inventory.items() if key not in held},
        },
    )


def _write_parts(
    site: Site, folder: Path, inventory: dict[str, Any], encrypt: str
) -> dict[str, Any]:
    dump = site.postgres(
        *("pg_dump", "--format", "custom", "--snapshot", inventory["snapshot"], DATABASE)
    )
    if inventory["folder"]:
        files = site.files("tar", "--create", "--directory", inventory["folder"], "files")
    else:
        files = site.manage("files", "pack")
    with step("Database"):
        parts = {archive.DUMP: archive.write_part(dump, folder / archive.DUMP, encrypt)}
    with step("Files"):
        written = archive.write_part(files, folder / archive.FILES, encrypt)
        parts[archive.FILES] = written
    for name, part in parts.items():
        say(f"  {name}: {part['bytes'] / 1e6:.1f} MB")
    return parts


def _name_secrets(site: Site) -> list[str]:
    """Name the secrets that the site has, which a new host needs too; not their values."""
    settings = site.read_settings()
    return sorted(name for name, value in settings.items() if value and SECRET.search(name))


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="deploy/backup",
        description="Write database and files of one moment, with the names of the secrets that"
        " are not in it, into a new folder. The site goes on serving.",
        epilog="Secrets stay where they are: keep .env (SECRET_KEY above all) apart from backups.",
    )
    parser.add_argument("folder", type=Path, help="where the backup's folder is made")
    parser.add_argument(
        "--encrypt",
        default="",
        metavar="COMMAND",
        help="a filter for both files, such as 'age -r age1…' or 'gpg --encrypt -r ops'",
    )
    parser.add_argument(
        "--send", action="store_true", help="to BACKUP_BUCKET as well, and look at what came"
    )
    parser.add_argument("--project", default="", help="the name of the compose project")
    parser.add_argument(
        "--embedded", action="store_true", help="a site of `manage.py up` (DATA_DIR), up or ended"
    )
    options = parser.parse_args(arguments)
    options.folder = options.folder.absolute()
    return options
