"""Give chunks their words anew where an older release made them otherwise
(`documents.spaces.storing`).

Until its turn comes a document is found by its old words. Work is in slices of versions, each in
one transaction, so that a search never sees half of a document.
"""

from django.db import transaction
from django.db.models import QuerySet

from documents.models import Chunk, Document, Version
from documents.spaces.storing import rederive
from documents.text.lexemes import RECIPE

AT_ONCE = 20


def find_outdated() -> QuerySet[Version]:
    """Versions that are searched by words of an older recipe."""
    current = Document.objects.exclude(current=None).order_by().values("current")
    return Version.objects.filter(pk__in=current, words_recipe__lt=RECIPE)


def rederive_some() -> bool:
    """Work on a few versions; return whether there are more."""
    for version in find_outdated().order_by("pk")[:AT_ONCE]:
        _rederive(version)
    return find_outdated().exists()


def _rederive(version: Version) -> None:
    with transaction.atomic():
        versions = Version.objects.select_for_update(skip_locked=True).filter(
            pk=version.pk, words_recipe__lt=RECIPE
        )
        if not versions.exists():
            return
        chunks = Chunk.objects.filter(version=version).select_related("version__document")
        for chunk in chunks.defer("words"):
            rederive(chunk)
        versions.update(words_recipe=RECIPE)
