"""`manage.py inventory`: count what a site holds, for backups and for those who restore them."""

import json
import os
import shutil
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from aiapp.files import holding
from aiapp.management import inventory


class Command(BaseCommand):
    help = (
        "Print, as JSON, how many rows the site has of what, whether all files are there, and the"
        " hash and the search of one document."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--hold",
            action="store_true",
            help="for a backup: keep the files of this moment in DATA_DIR/backup and a snapshot of"
            " the database until the input ends",
        )
        parser.add_argument(
            "--compare", action="store_true", help="with the inventory that comes as input"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["hold"]:
            self._hold()
        elif options["compare"]:
            self._compare(json.load(sys.stdin))
        else:
            self._print(inventory.take() | {"sample": inventory.sample()})

    def _compare(self, original: dict[str, Any]) -> None:
        chosen = inventory.sample(original["sample"].get("document", ""))
        copy = inventory.take() | {"sample": chosen}
        self._print(copy)
        if faults := inventory.compare(original, copy):
            raise CommandError("The copy differs:\n" + "\n".join(faults))

    def _hold(self) -> None:
        """Have database and files stand still.

        What a row names at the moment of the snapshot was there before it or comes at it, so the
        files are kept twice: what is deleted between is there from the first time, what is added
        from the second. In a bucket nothing is deleted meanwhile.
        """
        chosen = inventory.sample()
        kept = holding.hold_deletions() if settings.FILES_BUCKET else _kept_twice()
        with kept as keep_again, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot(), current_setting('server_version')")
            snapshot, server = cursor.fetchone()
            held = {"snapshot": snapshot, "postgresql": server, "folder": keep_again()}
            self._print(inventory.take() | {"sample": chosen} | held)
            sys.stdin.read()

    def _print(self, value: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(value))
        self.stdout.flush()


@contextmanager
def _kept_twice() -> Iterator[Callable[[], str]]:
    """Keep all files in a folder, and give what keeps them again and names it."""
    folder = settings.DATA_DIR / "backup"

    def keep() -> str:
        _link(settings.MEDIA_ROOT, folder / "files")
        return str(folder)

    shutil.rmtree(folder, ignore_errors=True)
    try:
        keep()
        yield keep
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _link(source: Path, target: Path) -> None:
    """Give every file below a folder a second name below another one, which takes no room."""
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder, _, names in os.walk(source):
        here = target / Path(folder).relative_to(source)
        here.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in names:
            try:
                os.link(Path(folder, name), here / name)
            except (FileExistsError, FileNotFoundError):
                continue
