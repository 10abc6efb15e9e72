"""Sets of questions: from a file or by hand, and what to measure with them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from accounts.credentials.authentication import user_of
from aiapp.admin import DeletedTogether, ModelAdmin, TabularInline
from aiapp.errors import AppError
from documents import access
from documents.admin.bases import HIDDEN, demand, page, tell
from documents.admin.tuning_form import TuningForm
from documents.evaluation import evaluations, questions
from documents.models import ExpectedPassage, Question, QuestionSet
from documents.models.tuning import Tuning

DEPTHS = (1, 20)


class FileForm(forms.Form):
    file = forms.FileField(help_text="CSV or JSON Lines, in UTF-8.")


class DepthForm(forms.Form):
    k = forms.IntegerField(
        min_value=DEPTHS[0],
        max_value=DEPTHS[1],
        initial=5,
        label="Measure the first",
        help_text="So many passages of each question count for recall and nDCG.",
    )


@admin.register(QuestionSet)
class QuestionSetAdmin(DeletedTogether, ModelAdmin):
    list_display = ("name", "collection", "questions", "evaluations", "created")
    list_select_related = ("collection__owner",)
    search_fields = ("name", "collection__name")
    fields = ("name", "collection")
    autocomplete_fields = ("collection",)
    change_form_template = "admin/documents/question_set_form.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/upload/", wrap(self.upload), name="documents_questionset_upload"),
            path("<int:pk>/evaluate/", wrap(self.evaluate), name="documents_questionset_evaluate"),
        ]
        return [*own, *super().get_urls()]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # The expected passages are documents of the collection.
        return ("collection",) if obj else ()

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        # A form takes any id that the field's rows have, whatever its chooser offers.
        if db_field.name == "collection":
            kwargs["queryset"] = access.collections_seen_by_staff(user_of(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuestionSet]:
        return (
            super()
            .get_queryset(request)
            .filter(collection__in=_list_seen_collections(request))
            .annotate(
                question_count=Count("questions", distinct=True),
                evaluation_count=Count("evaluations", distinct=True),
            )
        )

    def save_model(self, request: HttpRequest, obj: QuestionSet, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = user_of(request)
        super().save_model(request, obj, form, change)

    def upload(self, request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "documents.add_question")
        question_set = get_object_or_404(self.get_queryset(request), pk=pk)
        form = FileForm(request.POST or None, request.FILES or None)
        faults: list[dict[str, Any]] = []
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            try:
                among = access.documents_seen_by_staff(user_of(request))
                count = questions.read_file(question_set, file.name, file.read(), among)
            except AppError as error:
                form.add_error("file", error.message)
                faults = error.data.get("faults", [])
            else:
                self.log_change(request, question_set, f"Read {count} questions from a file.")
                messages.success(request, f"{count} questions were read.")
                return redirect("admin:documents_questionset_change", pk)
        return page(
            request,
            "admin/documents/question_upload.html",
            "Read questions from a file",
            form=form,
            faults=faults,
            question_set=question_set,
        )

    def evaluate(self, request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "documents.add_evaluation")
        question_set = get_object_or_404(
            self.get_queryset(request).select_related("collection"), pk=pk
        )
        present = Tuning.of(question_set.collection)
        form = DepthForm(request.POST or None)
        proposed = TuningForm(request.POST or None, present=present)
        if request.method == "POST" and form.is_valid() and proposed.is_valid():
            try:
                evaluation = evaluations.start(
                    user_of(request), question_set, proposed.tuning(), form.cleaned_data["k"]
                )
            except AppError as error:
                tell(request, error)
            else:
                return redirect("admin:documents_evaluation_change", evaluation.pk)
        return page(
            request,
            "admin/documents/evaluate.html",
            f"Measure settings with {question_set}",
            form=form,
            proposed=proposed,
            question_set=question_set,
        )

    @admin.display(ordering="question_count")
    def questions(self, question_set: Any) -> str:
        url = reverse("admin:documents_question_changelist")
        count = question_set.question_count
        return format_html('<a href="{}?question_set={}">{}</a>', url, question_set.pk, count)

    @admin.display(ordering="evaluation_count")
    def evaluations(self, question_set: Any) -> str:
        url = reverse("admin:documents_evaluation_changelist")
        count = question_set.evaluation_count
        return format_html('<a href="{}?question_set={}">{}</a>', url, question_set.pk, count)


def _list_seen_collections(request: HttpRequest) -> QuerySet[Any, Any]:
    return access.collections_seen_by_staff(user_of(request)).order_by().values("pk")


class ExpectedPassageInline(TabularInline):
    model = ExpectedPassage
    extra = 1
    fields = ("document", "page", "quote")
    autocomplete_fields = ("document",)
    verbose_name_plural = "where the answer stands (none: there is no answer)"
    verbose_name = "place"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExpectedPassage]:
        seen = access.documents_seen_by_staff(user_of(request)).order_by().values("pk")
        found: QuerySet[ExpectedPassage] = super().get_queryset(request)
        return found.filter(document__in=seen)

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        # As above: an id that somebody has read elsewhere would open its title.
        if db_field.name == "document":
            kwargs["queryset"] = access.documents_seen_by_staff(user_of(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Question)
class QuestionAdmin(DeletedTogether, ModelAdmin):
    list_display = ("text", "answers", "question_set")
    list_filter = (("question_set", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("question_set",)
    search_fields = ("text",)
    fields = ("question_set", "text")
    inlines = (ExpectedPassageInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        found: QuerySet[Question] = super().get_queryset(request)
        seen = access.documents_seen_by_staff(user_of(request))
        places = ExpectedPassage.objects.select_related("document").annotate(
            is_seen=Exists(seen.order_by().filter(pk=OuterRef("document")))
        )
        return found.filter(
            question_set__collection__in=_list_seen_collections(request)
        ).prefetch_related(Prefetch("expected", places))

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        if db_field.name == "question_set":
            kwargs["queryset"] = QuestionSet.objects.filter(
                collection__in=_list_seen_collections(request)
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="where the answer stands")
    def answers(self, question: Question) -> str:
        places = question.expected.all()
        seen = [str(place) if place.is_seen else HIDDEN for place in places]  # type: ignore[attr-defined]
        return ", ".join(dict.fromkeys(seen)) or "no answer"
