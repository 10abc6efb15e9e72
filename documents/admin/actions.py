"""Actions on many documents at once, each of them for itself: one that fails stops none."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import ngettext

from accounts.credentials.authentication import user_of
from accounts.models import User
from aiapp.admin import ModelAdmin
from aiapp.errors import AppError
from documents import access
from documents.admin.bases import CollectionChoice, page, tell
from documents.library import curation, versions
from documents.models import Collection, Document

Documents = QuerySet[Document]


class Actions(ModelAdmin):
    """The actions of the list of documents."""

    actions = ("retry", "cancel", "reingest", "move", "restrict", "open_up")

    @admin.action(description="Try failed documents again", permissions=["change"])
    def retry(self, request: HttpRequest, queryset: Documents) -> None:
        def again(document: Document) -> bool:
            return bool(versions.retry(document))

        n = self._each(request, queryset, again, "Tried again.")
        text = ngettext("Trying %(n)d document again.", "Trying %(n)d documents again.", n)
        self.message_user(request, text % {"n": n})

    @admin.action(description="Stop reading", permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: Documents) -> None:
        n = self._each(request, queryset, lambda one: bool(versions.cancel(one)), "Stopped.")
        text = ngettext("%(n)d document was stopped.", "%(n)d documents were stopped.", n)
        self.message_user(request, text % {"n": n})

    @admin.action(description="Read again, searchable meanwhile", permissions=["change"])
    def reingest(self, request: HttpRequest, queryset: Documents) -> None:
        n = self._each(request, queryset, lambda one: bool(versions.reingest(one)), "Read anew.")
        text = ngettext("Reading %(n)d document again.", "Reading %(n)d documents again.", n)
        self.message_user(request, text % {"n": n})

    @admin.action(description="Move to a collection …", permissions=["change"])
    def move(self, request: HttpRequest, queryset: Documents) -> HttpResponse | None:
        data = request.POST if "apply" in request.POST else None
        form = _MoveForm(data, mover=user_of(request))
        if not form.is_valid():
            return page(
                request,
                "admin/documents/choose.html",
                "Move documents to a collection",
                form=form,
                media=self.media + form.media,
                opts=self.opts,
                action="move",
                button="Move",
                objects=list(queryset[: self.list_per_page]),
                checkbox=ACTION_CHECKBOX_NAME,
                chosen=request.POST.getlist(ACTION_CHECKBOX_NAME),
                select_across=request.POST.get("select_across", "0"),
                note="Whoever may read the other collection may then read these documents.",
            )
        target: Collection = form.cleaned_data["collection"]
        n = self._each(
            request, queryset, lambda one: curation.move(one, target), f"Moved to {target}."
        )
        text = ngettext("%(n)d document was moved.", "%(n)d documents were moved.", n)
        self.message_user(request, text % {"n": n})
        return None

    @admin.action(description="Restrict to owners and shares", permissions=["change"])
    def restrict(self, request: HttpRequest, queryset: Documents) -> None:
        self._set_restricted(request, queryset, restricted=True)

    @admin.action(description="Open to all readers of the collection", permissions=["change"])
    def open_up(self, request: HttpRequest, queryset: Documents) -> None:
        self._set_restricted(request, queryset, restricted=False)

    def _set_restricted(
        self, request: HttpRequest, queryset: Documents, *, restricted: bool
    ) -> None:
        what = "Restricted." if restricted else "Opened to the collection's readers."
        n = self._each(
            request, queryset, lambda one: curation.restrict(one, restricted=restricted), what
        )
        text = ngettext("%(n)d document changed.", "%(n)d documents changed.", n)
        self.message_user(request, text % {"n": n})

    def _each(
        self,
        request: HttpRequest,
        queryset: Documents,
        do: Callable[[Document], bool],
        logged: str,
    ) -> int:
        """Return how many documents were changed; each of them gets an entry in the log."""
        changed = 0
        for document in queryset:
            try:
                done = do(document)
            except AppError as error:
                tell(request, error, document)
                continue
            if done:
                self.log_change(request, document, logged)
                changed += 1
        return changed


class _MoveForm(forms.Form):
    collection = CollectionChoice()

    def __init__(self, *args: Any, mover: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(CollectionChoice, self.fields["collection"])
        field.offer(access.collections_seen_by_staff(mover))
