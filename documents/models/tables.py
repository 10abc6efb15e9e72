"""Tables that were found in files: what a model is told of them before it asks. Not their rows."""

from typing import ClassVar

from django.db import models

from aiapp.ids import uuid7
from aiapp.text.fields import NameField
from documents.models.versions import Version


class Table(models.Model):
    """A table of a version, the `number`th in its file, with its columns and a few of its rows.

    The rows themselves are read from the file whenever they are asked for.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="tables")
    number = models.PositiveIntegerField()
    # How SQL calls it; two files may have a table of the same name.
    name = models.CharField(max_length=100)
    title = NameField(max_length=300, blank=True)
    page = models.PositiveIntegerField()
    # Where it stands in the version's text; null where only its page is known.
    start = models.PositiveIntegerField(null=True)
    end = models.PositiveIntegerField(null=True)
    # Each `{name, type, label, note}`; the last two where there is something to tell.
    columns = models.JSONField()
    rows = models.PositiveIntegerField()
    # The numbers of its first and last row, as its file counts them.
    first_row = models.PositiveIntegerField()
    last_row = models.PositiveIntegerField()
    # How many rows of its page's text come before its first, the page's header left out.
    lead = models.PositiveIntegerField(default=0)
    sample = models.JSONField()
    notes = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "number"], name="table_number_per_version"),
        ]

    def __str__(self) -> str:
        return self.name
