"""Measure a collection's search on a question set, and publish settings that are not worse.

An evaluation belongs to the state of the documents, their chunks and the questions that it was
measured on, its fingerprint. Two are comparable only on the same state; so what a curator
changed in between never passes for an effect of the settings.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from accounts.models import User
from aiapp.concurrency.jobs import Job
from aiapp.errors import Conflict
from documents.evaluation.fingerprint import fingerprint
from documents.models import Collection, Evaluation, QuestionSet
from documents.models.tuning import CUTTING, Tuning

_UNFINISHED = (Evaluation.State.QUEUED, Evaluation.State.RUNNING)
# Floating point only: whoever is worse by one question of a thousand is worse.
_EQUAL = 1e-9

# Whoever runs one renews it with every question; silent for so long, its worker is gone.
LEASE = timedelta(seconds=60)
_QUEUED = Q(state=Evaluation.State.QUEUED)
_SILENT = Q(state=Evaluation.State.RUNNING, renewed__lt=Now() - LEASE)
EVALUATION = Job(
    rows=Evaluation.objects.select_related("question_set__collection__owner"),
    task="documents.evaluate",
    free=_QUEUED | _SILENT,
    abandoned=_QUEUED & Q(created__lt=Now() - LEASE) | _SILENT,
    lease={"renewed": Now()},
    sweep_seconds=30,
    unqueued="evaluation_not_queued",
)


def select_search_settings(tuning: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that an evaluation can tell about; cutting waits until files are read anew."""
    kept = {name: value for name, value in tuning.items() if name not in CUTTING}
    return Tuning.read(kept).as_dict()


def start(user: User, question_set: QuestionSet, tuning: Mapping[str, Any], k: int) -> Evaluation:
    """Queue an evaluation, and one of the present settings unless that is known already.

    Raises InvalidInput for settings that there are not, Conflict for a set without questions.
    """
    search_settings = select_search_settings(tuning)
    present = select_search_settings(question_set.collection.tuning)
    if not question_set.questions.exists():
        raise Conflict("This set has no questions yet.", code="no_questions")
    with transaction.atomic():
        if search_settings != present and _find_comparable(question_set, present, k) is None:
            _create_queued(user, question_set, present, k)
        return _create_queued(user, question_set, search_settings, k)


def find_baseline(evaluation: Evaluation) -> Evaluation | None:
    """The present settings, measured on the same state and to the same depth.

    Of an evaluation whose publication is in force, those that it replaced.
    """
    collection = evaluation.question_set.collection
    before = evaluation.replaced if is_in_force(evaluation) else collection.tuning
    present = select_search_settings(before or {})
    found = _find_done(evaluation.question_set, present, evaluation.k)
    return found.filter(fingerprint=evaluation.fingerprint).exclude(pk=evaluation.pk).first()


def is_waiting(evaluation: Evaluation) -> bool:
    """Return whether it, or the present settings beside it, are still being measured."""
    if evaluation.state in _UNFINISHED:
        return True
    present = select_search_settings(evaluation.question_set.collection.tuning)
    beside = Evaluation.objects.filter(
        question_set=evaluation.question_set, k=evaluation.k, tuning=present, state__in=_UNFINISHED
    )
    return find_baseline(evaluation) is None and beside.exists()


def find_refusal(evaluation: Evaluation) -> Conflict | None:
    """Return why the settings of an evaluation cannot be published, or None if they can."""
    collection = evaluation.question_set.collection
    if evaluation.state != Evaluation.State.DONE or evaluation.recall is None:
        return Conflict("There is nothing measured to publish.", code="not_measured")
    if evaluation.tuning == select_search_settings(collection.tuning):
        return Conflict("The collection is searched with these settings already.", code="same")
    if evaluation.fingerprint != fingerprint(evaluation.question_set):
        return Conflict(
            "The documents or the questions have changed since. Run the evaluation again.",
            code="changed_since",
        )
    present = find_baseline(evaluation)
    if present is None:
        return Conflict(
            "The present settings were not measured on the same documents. Run the evaluation"
            " anew.",
            code="no_baseline",
        )
    return _find_worse(evaluation, present)


def publish(evaluation: Evaluation) -> Collection:
    """Let the collection be searched with the settings that were evaluated.

    Raises Conflict with the reason unless they are at least as good as the present ones.
    """
    with transaction.atomic():
        collection = _lock_collection(evaluation)
        if error := find_refusal(evaluation):
            raise error
        evaluation.replaced = collection.tuning
        evaluation.published = Now()
        evaluation.save(update_fields=["replaced", "published"])
        evaluation.refresh_from_db(fields=["published"])
        _set_search(collection, evaluation.tuning)
    return collection


def take_back(evaluation: Evaluation) -> Collection:
    """Restore the previous settings a publication. Raises Conflict if others came since."""
    with transaction.atomic():
        collection = _lock_collection(evaluation)
        if not is_in_force(evaluation):
            raise Conflict("These settings are not in force any more.", code="not_in_force")
        replaced = select_search_settings(evaluation.replaced or {})
        evaluation.replaced = None
        evaluation.save(update_fields=["replaced"])
        _set_search(collection, replaced)
    return collection


def is_in_force(evaluation: Evaluation) -> bool:
    """Return whether its publication made the collection's settings what they are."""
    present = select_search_settings(evaluation.question_set.collection.tuning)
    published = evaluation.published is not None and evaluation.replaced is not None
    return published and evaluation.tuning == present


def _create_queued(
    user: User, question_set: QuestionSet, tuning: dict[str, Any], k: int
) -> Evaluation:
    evaluation = Evaluation.objects.create(
        question_set=question_set, tuning=tuning, k=k, created_by=user
    )
    transaction.on_commit(partial(EVALUATION.enqueue, evaluation.pk))
    return evaluation


def _find_done(question_set: QuestionSet, tuning: dict[str, Any], k: int) -> QuerySet[Evaluation]:
    return Evaluation.objects.filter(
        question_set=question_set, tuning=tuning, k=k, state=Evaluation.State.DONE
    ).order_by("-pk")


def _find_comparable(
    question_set: QuestionSet, tuning: dict[str, Any], k: int
) -> Evaluation | None:
    now = fingerprint(question_set)
    return _find_done(question_set, tuning, k).filter(fingerprint=now).first()


def _find_worse(evaluation: Evaluation, present: Evaluation) -> Conflict | None:
    measures = {"recall": "Recall", "ndcg": "nDCG"}
    falls = [
        f"{words} would fall from {was:.3f} to {now:.3f}"
        for name, words in measures.items()
        if (now := getattr(evaluation, name)) < (was := getattr(present, name)) - _EQUAL
    ]
    return Conflict(f"{'; '.join(falls)}.", code="worse") if falls else None


def _lock_collection(evaluation: Evaluation) -> Collection:
    """The collection as it is now; a second publication waits and sees this one."""
    collection = Collection.objects.select_for_update().get(
        pk=evaluation.question_set.collection_id
    )
    evaluation.question_set.collection = collection
    return collection


def _set_search(collection: Collection, tuning: Mapping[str, Any]) -> None:
    cutting = {name: value for name, value in collection.tuning.items() if name in CUTTING}
    collection.tuning = cutting | dict(tuning)
    collection.save(update_fields=["tuning"])
