"""Evaluations: how well search does on a set of questions, and what a change of settings does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from accounts.credentials.authentication import user_of
from accounts.models import User
from aiapp.admin import ModelAdmin, ReadOnly
from aiapp.errors import AppError
from documents import access
from documents.admin.bases import HIDDEN, LIVE, demand, tell
from documents.admin.collections import describe_tuning
from documents.admin.tuning_form import expand_settings
from documents.evaluation import evaluations
from documents.models import Evaluation, Question

MEASURES = {
    "recall": "Recall",
    "ndcg": "nDCG",
    "unanswerable": "Questions without an answer, recognised",
    "false_unanswerable": "Questions with an answer, taken for such without",
}
# Less of it is better.
_FAULTS = {"false_unanswerable"}
# Smaller than this is no difference that a page should show.
_SAME = 0.0005


@dataclass(frozen=True, slots=True)
class Row:
    """A measure or a question, with the present settings and with the proposed ones."""

    name: str
    before: float | None
    after: float | None
    is_fault: bool = False

    @property
    def change(self) -> float | None:
        known = self.before is not None and self.after is not None
        return self.after - self.before if known else None  # type: ignore[operator]

    @property
    def verdict(self) -> str:
        """better, worse, same, or nothing where one of the two is not known."""
        if self.change is None:
            return ""
        if abs(self.change) < _SAME:
            return "same"
        return "better" if (self.change > 0) != self.is_fault else "worse"


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question with its measures, and what was found with either settings."""

    question: Question
    recall: Row
    ndcg: Row
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]

    @property
    def verdict(self) -> str:
        verdicts = {self.recall.verdict, self.ndcg.verdict}
        return next((v for v in ("worse", "better", "same") if v in verdicts), "")


@admin.register(Evaluation)
class EvaluationAdmin(ReadOnly, ModelAdmin):
    list_display = ("question_set", "settings", "condition", "k", "recall_of", "ndcg_of")
    list_display += ("created_by", "created", "published")
    list_filter = ("state", ("question_set", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("question_set__collection", "created_by")
    list_per_page = 50
    change_form_template = "admin/documents/evaluation.html"

    class Media:
        js = LIVE

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path(f"<int:pk>/{name}/", wrap(require_POST(view)), name=f"documents_evaluation_{name}")
            for name, view in (("publish", self.publish), ("take_back", self.take_back))
        ]
        return [*own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Evaluation]:
        seen = access.collections_seen_by_staff(user_of(request)).order_by().values("pk")
        found: QuerySet[Evaluation] = super().get_queryset(request)
        return found.filter(question_set__collection__in=seen).defer("details")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        evaluation = self.get_object(request, object_id)
        context = _comparison(evaluation, user_of(request)) if evaluation else {}
        context["may_publish"] = request.user.has_perm("documents.publish_tuning")
        return super().change_view(request, object_id, form_url, context)

    def publish(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._decide(request, pk, evaluations.publish, "published")

    def take_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._decide(request, pk, evaluations.take_back, "took back")

    @admin.display(description="settings")
    def settings(self, evaluation: Evaluation) -> str:
        return describe_tuning(evaluation.tuning)

    @admin.display(description="state", ordering="state")
    def condition(self, evaluation: Evaluation) -> str:
        return render_to_string("admin/documents/_running.html", {"evaluation": evaluation})

    @admin.display(description="recall", ordering="recall")
    def recall_of(self, evaluation: Evaluation) -> str:
        return _figure(evaluation.recall)

    @admin.display(description="nDCG", ordering="ndcg")
    def ndcg_of(self, evaluation: Evaluation) -> str:
        return _figure(evaluation.ndcg)

    def _decide(self, request: HttpRequest, pk: int, do: Any, what: str) -> HttpResponse:
        demand(request, "documents.publish_tuning")
        found = self.get_queryset(request).select_related("question_set__collection")
        evaluation = get_object_or_404(found, pk=pk)
        before = describe_tuning(evaluation.question_set.collection.tuning)
        try:
            collection = do(evaluation)
        except AppError as error:
            tell(request, error)
        else:
            after = describe_tuning(collection.tuning)
            text = f"Settings of search {what}: {before} → {after} (evaluation {pk})."
            self.log_change(request, collection, text)
            self.log_change(request, evaluation, text)
            self.message_user(request, f"{collection} is now searched with: {after}.")
        return redirect("admin:documents_evaluation_change", pk)


def _comparison(evaluation: Evaluation, reader: User) -> dict[str, Any]:
    """Return what the page of an evaluation shows beside Django's own."""
    present = evaluations.find_baseline(evaluation)
    done = evaluation.state == Evaluation.State.DONE
    before = expand_settings(
        present.tuning if present else evaluation.question_set.collection.tuning
    )
    after = expand_settings(evaluation.tuning)
    return {
        "evaluation": evaluation,
        "present": present,
        "is_done": done,
        "is_waiting": evaluations.is_waiting(evaluation),
        "refusal": evaluations.find_refusal(evaluation) if done else None,
        "is_in_force": evaluations.is_in_force(evaluation),
        "measures": [_row(name, present, evaluation) for name in MEASURES] if done else [],
        "questions": _questions(evaluation, present, reader) if done else [],
        "settings": [(name, before[name], value) for name, value in after.items()],
    }


def _row(name: str, present: Evaluation | None, evaluation: Evaluation) -> Row:
    before = getattr(present, name) if present else None
    return Row(MEASURES[name], before, getattr(evaluation, name), name in _FAULTS)


def _questions(
    evaluation: Evaluation, present: Evaluation | None, reader: User
) -> list[QuestionRow]:
    """The questions, those that changed first."""
    _hide_titles([*evaluation.details, *(present.details if present else [])], reader)
    before = {each["question"]: each for each in (present.details if present else [])}
    texts = Question.objects.in_bulk([each["question"] for each in evaluation.details])
    rows = [
        _question(texts[each["question"]], before.get(each["question"], {}), each)
        for each in evaluation.details
        if each["question"] in texts
    ]
    order = {"worse": 0, "better": 1}
    return sorted(rows, key=lambda row: order.get(row.verdict, 2))


def _hide_titles(details: list[dict[str, Any]], reader: User) -> None:
    """Name no document that the reader may not see: the collection's owner was searched as."""
    found = [each for result in details for each in result.get("found", [])]
    among = {each["document"] for each in found}
    seen = access.documents_seen_by_staff(reader).order_by().filter(pk__in=among)
    names = {str(pk) for pk in seen.values_list("pk", flat=True)}
    for each in found:
        if each["document"] not in names:
            each["title"] = HIDDEN


def _question(question: Question, before: dict[str, Any], after: dict[str, Any]) -> QuestionRow:
    recall, ndcg = (Row(name, before.get(name), after.get(name)) for name in ("recall", "ndcg"))
    return QuestionRow(question, recall, ndcg, _get_found(before), _get_found(after))


def _get_found(result: dict[str, Any]) -> list[dict[str, Any]]:
    found: Sequence[dict[str, Any]] = result.get("found", [])
    return list(found)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
