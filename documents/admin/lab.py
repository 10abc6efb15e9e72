"""The retrieval lab: what a search finds, how each passage came to its place, for whom."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.credentials.authentication import user_of
from accounts.models import User
from aiapp.errors import NotFound
from aiapp.llm.registry import close_clients
from documents import access
from documents.admin.bases import CollectionChoice, demand, page
from documents.admin.tuning_form import TuningForm, expand_settings
from documents.models import Collection, Document
from documents.models.tuning import Tuning
from documents.search import Explanation, explain
from documents.text.highlighting import mark_words

MODES = [("hybrid", "Words and meaning"), ("lexical", "Words alone"), ("dense", "Meaning alone")]
MAX_PASSAGES = 20
MAX_DOCUMENTS = 500


class LabForm(forms.Form):
    query = forms.CharField(max_length=2_000, widget=forms.TextInput(attrs={"size": 60}))
    as_user = forms.ModelChoiceField(
        queryset=User.objects.filter(is_active=True).order_by("username"), label="Search as"
    )
    collection = CollectionChoice(required=False, empty_label="All that this person may read")
    document = forms.ModelChoiceField(
        queryset=Document.objects.none(), required=False, empty_label="All of the collection"
    )
    k = forms.IntegerField(min_value=1, max_value=MAX_PASSAGES, initial=5, label="Passages shown")
    mode = forms.ChoiceField(choices=MODES, required=False, initial="hybrid")
    compare = forms.BooleanField(required=False, label="Compare with other settings")

    def __init__(self, *args: Any, asker: User, collection: Collection | None, **kw: Any) -> None:
        super().__init__(*args, **kw)
        cast(CollectionChoice, self.fields["collection"]).offer(_list_searchable(asker))
        as_user = cast(forms.ModelChoiceField, self.fields["as_user"])
        as_user.initial = asker.pk
        if not asker.has_perm("documents.search_as"):
            as_user.queryset = User.objects.filter(pk=asker.pk)
            as_user.help_text = "You may not search as somebody else."
        if collection:
            documents = collection.documents.order_by("title")[:MAX_DOCUMENTS]
            cast(
                forms.ModelChoiceField, self.fields["document"]
            ).queryset = Document.objects.filter(
                pk__in=list(documents.values_list("pk", flat=True))
            ).order_by("title")


@dataclass(slots=True)
class Place:
    """A passage on one side, and how it compares with the same passage on the other one."""

    rank: int
    explained: Explanation
    # The text, of which those runs are true that hold a word of the query.
    runs: list[tuple[str, bool]]
    # By how many places it stands higher than with the first settings; None if it is new.
    moved: int | None = 0
    # Whether the other settings do not find it.
    lost: bool = False


@dataclass(slots=True)
class Side:
    """Settings and what they find."""

    name: str
    form: TuningForm
    present: Tuning
    places: Sequence[Place] = ()
    settings: dict[str, Any] | None = None

    def read_tuning(self) -> Tuning | None:
        """None leaves every collection its own settings."""
        wanted = self.form.tuning()
        return (
            None
            if expand_settings(wanted) == expand_settings(self.present.as_dict())
            else Tuning(**wanted)
        )


def lab(request: HttpRequest) -> HttpResponse:
    """A GET, so that a search can be kept as a link; searching as another user is logged."""
    demand(request, "documents.view_chunk")
    asker = user_of(request)
    collection = _collection(request)
    is_search = "query" in request.GET
    form = LabForm(
        request.GET if is_search else None,
        asker=asker,
        collection=collection,
        initial={"collection": collection},
    )
    present = Tuning.of(collection) if collection else Tuning()
    data = request.GET if is_search else None
    sides = [
        Side(name, TuningForm(data, prefix=prefix, present=present), present)
        for prefix, name in (("a", "These settings"), ("b", "Other settings"))
    ]
    if form.is_valid() and all(side.form.is_valid() for side in sides):
        _search(request, form.cleaned_data, sides if form.cleaned_data["compare"] else sides[:1])
    return page(
        request,
        "admin/documents/lab.html",
        "Retrieval lab",
        form=form,
        sides=sides,
        shown=[side for side in sides if side.settings is not None],
        reader=form.cleaned_data.get("as_user") if form.is_valid() else None,
    )


def _list_searchable(asker: User) -> QuerySet[Collection]:
    """Those whose names one may see here: as staff, or as who may read them anyway."""
    return access.collections_seen_by_staff(asker) | access.readable_collections(asker)


def _collection(request: HttpRequest) -> Collection | None:
    field = CollectionChoice(required=False)
    field.offer(_list_searchable(user_of(request)))
    try:
        found: Collection | None = field.clean(request.GET.get("collection"))
    except forms.ValidationError:
        return None
    return found


def _search(request: HttpRequest, values: dict[str, Any], sides: list[Side]) -> None:
    reader: User = values["as_user"]
    if reader != user_of(request):
        LogEntry.objects.log_actions(
            user_of(request).pk,
            [reader],
            CHANGE,
            f"Searched as {reader} in the retrieval lab: {values['query']}",
            single_object=True,
        )
    try:
        for side in sides:
            side.places = _places(values, side.read_tuning())
            side.settings = expand_settings(side.form.tuning())
    except NotFound:
        messages.warning(request, f"{reader} may not read this collection or document.")
    if len(sides) > 1:
        _compare(*sides)


def _places(values: dict[str, Any], tuning: Tuning | None) -> list[Place]:
    found = asyncio.run(_explain(values, tuning))
    runs = mark_words([each.passage.text for each in found], values["query"])
    return [Place(n, *pair) for n, pair in enumerate(zip(found, runs, strict=True), 1)]


async def _explain(values: dict[str, Any], tuning: Tuning | None) -> list[Explanation]:
    try:
        return await explain(
            values["as_user"],
            values["query"],
            values["k"],
            collections=[values["collection"].pk] if values["collection"] else None,
            documents=[values["document"].pk] if values["document"] else None,
            mode=values["mode"] or "hybrid",
            tuning=tuning,
        )
    finally:
        await close_clients()


def _compare(first: Side, other: Side) -> None:
    """Say of each passage of the other side how it moved."""
    before = {place.explained.passage.chunk_id: place.rank for place in first.places}
    after = {place.explained.passage.chunk_id for place in other.places}
    for place in other.places:
        rank = before.get(place.explained.passage.chunk_id)
        place.moved = None if rank is None else rank - place.rank
    for place in first.places:
        place.lost = place.explained.passage.chunk_id not in after
