"""The counts of documents on the first page of the admin."""

from django import template

from documents.models import Collection, Document, QuestionSet, Version

register = template.Library()


@register.simple_tag
def overview() -> dict[str, int]:
    newest = Version.objects.order_by("document_id", "-number").distinct("document_id")
    states = list(
        Version.objects.filter(pk__in=newest.values("pk"))
        .exclude(state=Version.State.READY)
        .values_list("state", flat=True)
    )
    failed = states.count(Version.State.FAILED)
    return {
        "documents": Document.objects.count(),
        "collections": Collection.objects.count(),
        "question_sets": QuestionSet.objects.count(),
        "failed": failed,
        "working": len(states) - failed,
    }
