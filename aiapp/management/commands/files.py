"""`manage.py files`: the files of a site as a whole, for its operator and for backups."""

import sys
from argparse import ArgumentParser
from typing import Any, cast

from django.conf import settings
from django.core.files.storage import storages
from django.core.management.base import BaseCommand, CommandError

from aiapp.files import moving
from aiapp.files.errors import FilesUnavailable
from aiapp.files.folder import Folder
from aiapp.files.store import Store, store
from aiapp.management import inventory

FOLDER, BUCKET = "folder", "bucket"


class Command(BaseCommand):
    help = "Move the site's files between DATA_DIR and the bucket, or in and out of an archive."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        move = actions.add_parser(
            "move",
            help="copy all files and compare them. One that was ended goes on where it was, a"
            " second run brings what changed since. The originals stay where they are",
        )
        move.add_argument("--to", choices=(BUCKET, FOLDER), required=True)
        actions.add_parser("pack", help="write all files to the output, as an archive of tar")
        actions.add_parser("unpack", help="store the files of an archive that comes as input")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["action"] == "move":
                self._move(options["to"])
            elif options["action"] == "pack":
                moving.pack(store(), sys.stdout.buffer)
            else:
                moving.unpack(sys.stdin.buffer, store())
        except FilesUnavailable as error:
            raise CommandError(f"{error.message} {error.__cause__ or ''}") from error

    def _move(self, to: str) -> None:
        folder, bucket = Folder(), open_bucket()
        source, target = (folder, bucket) if to == BUCKET else (bucket, folder)
        moved = moving.Moved()
        try:
            journal = settings.DATA_DIR / f"moved_to_{to}"
            for moved in moving.copy_all(source, target, journal, inventory.list_files):
                self.stderr.write(f"{moved.copied + moved.known} files", ending="\r")
        except moving.Differs as error:
            raise CommandError(f"The copy of {error} differs from it.") from error
        self.stdout.write(
            f"{moved.copied} files copied and compared ({moved.bytes / 1e6:.1f} MB),"
            f" {moved.known} known from before, {moved.deleted} deleted since."
        )


def open_bucket() -> Store:
    """Return the bucket of the settings, whether or not the site uses it."""
    if not settings.FILES_BUCKET:
        raise CommandError("FILES_BUCKET names no bucket.")
    # Built by its name: boto3 takes half a second to import, and most sites have no bucket.
    return cast(Store, storages.create_storage(settings.FILES_BUCKET_STORE))
