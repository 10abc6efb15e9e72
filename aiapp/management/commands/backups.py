"""`manage.py backups`: backups in their bucket, for deploy/backup and deploy/restore."""

import hashlib
import json
import shutil
import sys
from argparse import ArgumentParser
from typing import Any, cast

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import storages
from django.core.management.base import BaseCommand, CommandError

from aiapp.files.errors import FilesUnavailable
from aiapp.files.store import Store


class Command(BaseCommand):
    help = "List what lies in BACKUP_BUCKET, put something there, or get it."
    # At a new host there may be nothing yet but the settings.
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own name and type

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="print names and sizes")
        put = actions.add_parser("put", help="store the input, and print its size and hash")
        get = actions.add_parser("get", help="write something to the output")
        for each in (put, get):
            each.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._act(_open(), options)
        except FilesUnavailable as error:
            raise CommandError(f"{error.message} {error.__cause__ or ''}") from error
        except FileNotFoundError as error:
            raise CommandError(f"There is no {error} in {settings.BACKUP_BUCKET}.") from error

    def _act(self, bucket: Store, options: dict[str, Any]) -> None:
        if options["action"] == "list":
            for name, size in bucket.walk():
                self.stdout.write(f"{size:>15,}  {name}")
        elif options["action"] == "put":
            bucket.save(options["name"], File(sys.stdin.buffer))
            with bucket.open(options["name"]) as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                self.stdout.write(json.dumps({"bytes": file.tell(), "sha256": digest}))
        else:
            with bucket.open(options["name"]) as file:
                shutil.copyfileobj(file, sys.stdout.buffer)


def _open() -> Store:
    if not settings.BACKUP_BUCKET:
        raise CommandError("BACKUP_BUCKET names no bucket.")
    place = {"bucket_name": settings.BACKUP_BUCKET, "location": settings.BACKUP_PREFIX}
    there: dict[str, Any] = settings.FILES_BUCKET_STORE
    options = {**there["OPTIONS"], **place}
    return cast(Store, storages.create_storage({**there, "OPTIONS": options}))
