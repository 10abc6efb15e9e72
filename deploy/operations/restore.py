"""A backup brought back: into a site that is empty, and looked at before it takes its place."""

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from operations import archive
from operations.compose import ROOT, run
from operations.sites import DATABASE, Site, find_command, has_bucket, open_site
from operations.terminal import Failure, end, say, step

INCOMING, OLD = f"{DATABASE}_incoming", f"{DATABASE}_old"
INCOMING_FILES = "files.incoming"
# Where it is done again after it broke off, the files that were there are aside already.
TAKE_FILES = f"""
if [ -e files ]; then rm -rf files.old; mv files files.old; fi
if [ -e {INCOMING_FILES}/files ]; then mv {INCOMING_FILES}/files files; fi
rm -rf {INCOMING_FILES}
"""
# A database that somebody is connected to, such as an operator with psql, cannot be renamed.
DISCONNECT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'aiapp'"
TABLES = "SELECT count(*) FROM pg_tables WHERE tablename = 'accounts_user'"
# A site that was just started has its first administrator and nothing else.
CONTENT = """
SELECT (SELECT count(*) FROM chat_conversation) + (SELECT count(*) FROM documents_document)
     + greatest((SELECT count(*) FROM accounts_user) - 1, 0)
"""


def main(arguments: list[str]) -> None:
    options = _parse(arguments)
    try:
        if options.fetch:
            fetch(find_command(embedded=options.embedded, project=options.project), options.backup)
        manifest = archive.read_manifest(options.backup)
        check_version(manifest)
        if manifest["encrypted"] and not options.decrypt:
            raise Failure("The backup is encrypted: name what decrypts it with --decrypt.")
        with open_site(embedded=options.embedded, project=options.project) as site:
            restore(site, options.backup, manifest, options.decrypt, force=options.force)
    except (Failure, OSError) as reason:
        end(reason)


def fetch(manage: Callable[..., list[str]], folder: Path) -> None:
    with step("Fetching"):
        archive.fetch(folder, lambda name: manage("backups", "get", name))


def restore(
    site: Site, backup: Path, manifest: dict[str, Any], decrypt: str, *, force: bool
) -> None:
    """Put a backup in the place of what a site holds. Raises Failure."""
    _name_what_is_missing(site, manifest)
    with step("Stores"):
        site.open_stores()
    if not force and (rows := _count_content(site)):
        raise Failure(
            f"The site is not empty: {rows} accounts, chats and documents would be lost."
            " With --force they are."
        )
    site.prepare()
    with step("Database"):
        _make_database(site, backup, decrypt)
    with step("Files"):
        unpack_files(site, backup, decrypt)
    _run_sql(site, DISCONNECT)
    _run_sql(site, f"ALTER DATABASE {DATABASE} RENAME TO {OLD}")
    _run_sql(site, f"ALTER DATABASE {INCOMING} RENAME TO {DATABASE}")
    take_files(site)
    with step("Migrating, starting"):
        site.finish()
    with step("Comparing"):
        _compare(site, manifest)
    _run_sql(site, f"DROP DATABASE {OLD} WITH (FORCE)")
    run(site.files("rm", "-rf", "files.old"))


def check_version(manifest: dict[str, Any]) -> None:
    """Refuse what a later release wrote."""
    text = (ROOT / "aiapp/__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"', text, re.MULTILINE)
    here = found[1] if found else "0"
    if _parse_version(manifest["version"]) > _parse_version(here):
        raise Failure(
            f"The backup was made by aiapp {manifest['version']}, and this is {here}, which may not"
            f" read it. Install {manifest['version']} or a later release."
        )


def _parse_version(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _name_what_is_missing(site: Site, manifest: dict[str, Any]) -> None:
    settings = site.read_settings()
    if missing := [name for name in manifest["secrets"] if not settings.get(name)]:
        say(f"Not set here, but where the backup was made: {', '.join(missing)}")


def _count_content(site: Site) -> int:
    if _run_sql(site, TABLES, DATABASE) == "0":
        return 0
    return int(_run_sql(site, CONTENT, DATABASE))


def _make_database(site: Site, backup: Path, decrypt: str) -> None:
    """Read the dump into a database of its own, so that a bad one costs nothing."""
    _run_sql(site, f"DROP DATABASE IF EXISTS {INCOMING} WITH (FORCE)")
    _run_sql(site, f"DROP DATABASE IF EXISTS {OLD} WITH (FORCE)")
    _run_sql(site, f"CREATE DATABASE {INCOMING} OWNER {DATABASE} TEMPLATE template0")
    read = site.postgres("pg_restore", "--exit-on-error", "--dbname", INCOMING)
    archive.read_part(backup / archive.DUMP, decrypt, read)
    _run_sql(site, "ANALYZE", INCOMING)


def unpack_files(site: Site, backup: Path, decrypt: str) -> None:
    """Read the files into a folder of their own: a bad archive or a full disk costs nothing."""
    if has_bucket(site):
        unpack = site.manage_apart("files", "unpack")
    else:
        make = f"rm -rf {INCOMING_FILES} && mkdir -m 700 {INCOMING_FILES}"
        run(site.files("sh", "-ec", make))
        unpack = site.files("tar", "--extract", "--no-same-owner", "--directory", INCOMING_FILES)
    archive.read_part(backup / archive.FILES, decrypt, unpack)


def take_files(site: Site) -> None:
    """Put the files that came in the place of those that were there, which are kept."""
    if not has_bucket(site):
        run(site.files("sh", "-ec", TAKE_FILES))


def _compare(site: Site, manifest: dict[str, Any]) -> None:
    known = manifest["inventory"]
    command = site.manage("inventory", "--compare")
    try:
        done = run(command, input=json.dumps(known), capture_output=True)
    except Failure as error:
        raise Failure(f"{error}\nWhat was there before is kept: {OLD}, files.old.") from error
    found = json.loads(done.stdout)
    for name, count in found["rows"].items():
        say(f"  {name}: {count}")
    say(f"  files: {found['files']}, missing {found['missing']}")
    if sample := found["sample"]:
        say(f"  document {sample['document']}: sha256 {sample['sha256'][:16]}…, search as before")


def _run_sql(site: Site, statement: str, database: str = "postgres") -> str:
    options = ("--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1")
    command = site.postgres("psql", *options, "--dbname", database, "--command", statement)
    return run(command, capture_output=True).stdout.strip()


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="deploy/restore",
        description="Bring a backup back into a site that holds nothing yet, start it, and compare"
        " it with what the backup says of itself: rows, files, a hash, a search.",
        epilog="On a new host: clone the release, bring .env along (the same SECRET_KEY keeps"
        " people signed in), then deploy/restore BACKUP.",
    )
    parser.add_argument("backup", type=Path, help="the folder that deploy/backup made")
    parser.add_argument(
        "--fetch", action="store_true", help="get it from BACKUP_BUCKET into that folder first"
    )
    parser.add_argument("--force", action="store_true", help="in the place of data that there is")
    parser.add_argument(
        "--decrypt",
        default="",
        metavar="COMMAND",
        help="a filter for both files, such as 'age -d -i key.txt' or 'gpg --decrypt'",
    )
    parser.add_argument("--project", default="", help="the name of the compose project")
    parser.add_argument(
        "--embedded", action="store_true", help="the DATA_DIR of `manage.py up`, which is ended"
    )
    options = parser.parse_args(arguments)
    options.backup = options.backup.absolute()
    return options
