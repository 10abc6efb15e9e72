"""Sets of questions with known answers, and how well search did on them."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from aiapp.text.fields import NameField
from documents.models.library import Collection, Document


class QuestionSet(models.Model):
    """Questions whose right pages are known, to compare settings by."""

    name = NameField(max_length=200, unique=True)
    collection = models.ForeignKey(
        Collection, on_delete=models.CASCADE, related_name="question_sets"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Question(models.Model):
    """A question of a set. One without expected passages has no answer in the collection."""

    question_set = models.ForeignKey(
        QuestionSet, on_delete=models.CASCADE, related_name="questions"
    )
    text = models.TextField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.text[:80]


class ExpectedPassage(models.Model):
    """The place of an answer: a document, perhaps a page of it, perhaps words on it."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="expected")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="+")
    page = models.PositiveIntegerField(null=True, blank=True)
    quote = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.document} p. {self.page}" if self.page else str(self.document)


class Evaluation(models.Model):
    """A question set run with certain settings, and how well search did."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    question_set = models.ForeignKey(
        QuestionSet, on_delete=models.CASCADE, related_name="evaluations"
    )
    # As in `Collection.tuning`.
    tuning = models.JSONField(default=dict, blank=True)
    k = models.PositiveSmallIntegerField(default=5)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    failure_message = models.CharField(max_length=500, blank=True)
    # Of so many questions, so many have been asked; `renewed` tells that a worker lives.
    done = models.PositiveIntegerField(default=0, db_default=0)
    total = models.PositiveIntegerField(default=0, db_default=0)
    renewed = models.DateTimeField(null=True)
    # Of the documents and questions that it was measured on (`documents.evaluation.evaluations`).
    fingerprint = models.CharField(max_length=64, blank=True, default="", db_default="")
    # Means over the questions with expected passages, 0..1.
    recall = models.FloatField(null=True)
    ndcg = models.FloatField(null=True)
    # Of the questions without an answer, the share that was recognised; and of those with one,
    # the share that was taken for such.
    unanswerable = models.FloatField(null=True)
    false_unanswerable = models.FloatField(null=True)
    # By question: `[{question, recall, ndcg, found: [{document, title, page, score}]}]`.
    details = models.JSONField(default=list, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True)
    published = models.DateTimeField(null=True)
    # What the collection's settings were before, to go back to.
    replaced = models.JSONField(null=True)

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.question_set} @{self.k} {self.created:%Y-%m-%d %H:%M}"
