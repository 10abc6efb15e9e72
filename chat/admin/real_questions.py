"""Put what people really asked into a question set, from the admin's lists of answers."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from accounts.credentials.authentication import user_of
from accounts.models import User
from chat.models import Citation, Message, Origin
from documents import access
from documents.evaluation import questions
from documents.evaluation.questions import ExpectedAnswer
from documents.models import Document, QuestionSet


class AddForm(forms.Form):
    question_set = forms.ModelChoiceField(queryset=QuestionSet.objects.none())
    with_places = forms.BooleanField(
        required=False,
        initial=True,
        label="The answers stand where they cite",
        help_text="Only citations that the answer's text bears out are taken over.",
    )

    def __init__(self, *args: Any, asker: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen = access.collections_seen_by_staff(asker).order_by().values("pk")
        field = cast(forms.ModelChoiceField, self.fields["question_set"])
        field.queryset = QuestionSet.objects.filter(collection__in=seen).order_by("name")


class AddToQuestionSet:
    """For lists of what belongs to an answer. Who may not add questions is not offered it."""

    actions: Any = ("add_to_question_set",)

    def answers(self, queryset: QuerySet[Any]) -> list[UUID]:
        """The ids of the assistant's messages."""
        raise NotImplementedError

    @admin.action(description="Add to question set …", permissions=["add_question"])
    def add_to_question_set(
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        if not self.has_add_question_permission(request):
            raise PermissionDenied
        data = request.POST if "apply" in request.POST else None
        form = AddForm(data, asker=user_of(request))
        if not form.is_valid():
            return _choice(request, self, queryset, form)
        question_set: QuestionSet = form.cleaned_data["question_set"]
        # No name of a document that they may not see gets into a set that they may.
        seen = access.documents_seen_by_staff(user_of(request))
        places = seen if form.cleaned_data["with_places"] else None
        added, placeless = add(question_set, self.answers(queryset), places)
        _tell(self, request, question_set, (added, placeless))
        return None

    def has_add_question_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("documents.add_question"))


def add(
    question_set: QuestionSet, answers: Sequence[UUID], among: QuerySet[Document] | None
) -> tuple[int, int]:
    """Add the questions of answers, with the places among some documents where they cite.

    Return how many questions, and how many of them without a known place.

    Questions of shared and imported chats and of programs' histories are left out: nobody asked
    them here. A citation counts if it is supported and its document is in the set's collection.
    """
    found = Message.objects.filter(pk__in=answers, parent__origin=Origin.OWN)
    added = placeless = 0
    for message in found.select_related("parent"):
        text = message.parent.content.strip() if message.parent else ""
        if not text:
            continue
        places = [] if among is None else _places(question_set, message, among)
        question = questions.add(question_set, text[: questions.MAX_CHARS], places)
        added += 1
        placeless += not question.expected.exists()
    return added, placeless


def _places(
    question_set: QuestionSet, message: Message, among: QuerySet[Document]
) -> list[ExpectedAnswer]:
    citations = message.citations.filter(
        support=Citation.Support.SUPPORTED,
        version__document__collection=question_set.collection_id,
        version__document__in=among.order_by().values("pk"),
    ).select_related("version__document")
    return [ExpectedAnswer(each.version.document, each.page) for each in citations if each.version]


def _choice(
    request: HttpRequest, model_admin: Any, queryset: QuerySet[Any], form: AddForm
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": "Add to a question set",
        "form": form,
        "opts": model_admin.opts,
        "action": "add_to_question_set",
        "button": "Add",
        "objects": Message.objects.filter(
            children__in=model_admin.answers(queryset), origin=Origin.OWN
        ).values_list("content", flat=True)[:50],
        "checkbox": ACTION_CHECKBOX_NAME,
        "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "select_across": request.POST.get("select_across", "0"),
        "note": "The questions are copied; the conversations that they come from stay as they are.",
    }
    return TemplateResponse(request, "admin/documents/choose.html", context)


def _tell(
    model_admin: Any, request: HttpRequest, question_set: QuestionSet, counts: tuple[int, int]
) -> None:
    added, placeless = counts
    url = f"{reverse('admin:documents_question_changelist')}?question_set={question_set.pk}"
    text = f"{added} questions are in {question_set}."
    if placeless:
        text += f" {placeless} have no known place yet and count as questions without an answer."
    model_admin.log_change(request, question_set, f"Added {added} real questions.")
    model_admin.message_user(request, format_html('{} <a href="{}">See them</a>', text, url))
