"""Pages of the administration around sources that are no form of a row."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.credentials.authentication import user_of
from accounts.models import User
from aiapp.errors import AppError
from documents.admin.bases import demand, page
from documents.models import Source, SourceItem, SourceSync
from documents.sources import controls
from documents.sources.progress import PROBLEMS, count_files, list_files
from documents.sources.registry import KINDS

MAX_SHOWN, MAX_SYNCS = 100, 10
# What a sync counts, in the words of the page.
COUNTS = {
    "seen": gettext_lazy("seen"),
    "added": gettext_lazy("added"),
    "changed": gettext_lazy("changed"),
    "moved": gettext_lazy("moved"),
    "removed": gettext_lazy("removed"),
    "returned": gettext_lazy("came back"),
    "skipped": gettext_lazy("left out"),
    "failed": gettext_lazy("failed"),
}


@dataclass(frozen=True, slots=True)
class StateCount:
    label: str
    count: int


def choose(request: HttpRequest) -> HttpResponse:
    """Choose the kind of a new source."""
    demand(request, "documents.add_source")
    context = {"kinds": KINDS.values(), "collection": request.GET.get("collection", "")}
    return page(request, "admin/documents/source/choose.html", _("New source"), **context)


def describe(source: Source, user: User) -> dict[str, Any]:
    """Return what the page of a source shows beside its form."""
    counts = count_files([source.pk])[source.pk]
    # Failures first: what is left out is so on purpose, mostly.
    problems = list_files(source, user).filter(state__in=PROBLEMS).order_by("state", "path")
    return {
        "source": source,
        "counts": [(label, source.counts.get(name, 0)) for name, label in COUNTS.items()],
        "syncs": [(sync, _sum_up(sync)) for sync in source.syncs.all()[:MAX_SYNCS]],
        "states": [
            StateCount(str(state.label), counts[state])
            for state in SourceItem.State
            if state in counts
        ],
        "pending": counts.get(SourceItem.State.PENDING, 0),
        "problems": list(problems[:MAX_SHOWN]),
        "problem_count": sum(counts.get(state, 0) for state in PROBLEMS),
        "is_live": source.is_running or source.phase != Source.Phase.NONE,
    }


def _sum_up(sync: SourceSync) -> str:
    """Return what a sync did, without what it did not."""
    done = [(label, sync.counts.get(name, 0)) for name, label in COUNTS.items()]
    return " · ".join(f"{label}: {count}" for label, count in done if count)


def control(request: HttpRequest, source: Source) -> HttpResponse:
    """Run a source now, pause it, or have it go on."""
    act = request.POST.get("act", "") if request.method == "POST" else ""
    acts = {
        "run": lambda: controls.run_now(source),
        "check": lambda: controls.run_now(source, is_full=True),
        "empty": lambda: controls.run_now(source, may_be_empty=True),
        "pause": lambda: controls.pause(source),
        "resume": lambda: controls.resume(source),
    }
    if act in acts:
        if act != "pause":
            controls.take_over(source, user_of(request))
        try:
            acts[act]()
        except AppError as error:
            messages.warning(request, error.message)
        else:
            LogEntry.objects.log_actions(
                user_of(request).pk, [source], CHANGE, f"Asked for: {act}.", single_object=True
            )
    return redirect("admin:documents_source_change", source.pk)
