"""The quota of an owner: all versions in the collections that they own."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Sum

from accounts.models import User
from aiapp.concurrency.locks import lock_until_commit
from aiapp.errors import TooLarge
from documents.models import Version


class QuotaExceeded(TooLarge):
    code = "quota_exceeded"


@dataclass(slots=True)
class Room:
    """The room that an owner has left, in bytes and files."""

    bytes: int
    files: int

    def take(self, size: int, files: int = 1) -> None:
        """Use room for so many files, of so many bytes in all. Raises QuotaExceeded."""
        if size > self.bytes:
            gigabytes = settings.DOCUMENT_QUOTA_BYTES / 1024**3
            raise QuotaExceeded(
                f"There is room for {gigabytes:g} GB, and with this file it would be more. Delete"
                " documents that are no longer needed.",
                limit=settings.DOCUMENT_QUOTA_BYTES,
            )
        if self.files < files:
            raise QuotaExceeded(
                f"There is room for {settings.DOCUMENT_QUOTA_FILES:,} files, and they are there.",
                limit=settings.DOCUMENT_QUOTA_FILES,
            )
        self.bytes -= size
        self.files -= files


def check(owner: User, size: int, files: int = 1) -> None:
    """Raises QuotaExceeded if so many files, of so many bytes in all, would be too much.

    To be called in the transaction that keeps the file.
    """
    measure_room(owner).take(size, files)


def lock(owner: User) -> None:
    """Have others who ask for room wait until the transaction ends.

    Whoever also locks a document does that afterwards: in one order, nobody waits for each other.
    """
    lock_until_commit(f"quota {owner.pk}")


def measure_room(owner: User) -> Room:
    """Return the room that is left, in a transaction that others who ask wait for."""
    lock(owner)
    usage = Version.objects.filter(document__collection__owner=owner).aggregate(
        bytes=Sum("size"), files=Count("pk")
    )
    return Room(
        settings.DOCUMENT_QUOTA_BYTES - (usage["bytes"] or 0),
        settings.DOCUMENT_QUOTA_FILES - usage["files"],
    )
