"""Of workers that come for a row at the same moment one has it, whatever the row's work."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from accounts.models import DataExport, User
from accounts.people.data_export import EXPORT
from aiapp.concurrency.jobs import Job
from chat.batches.starting import BATCH
from chat.importing.uploads import IMPORT
from chat.models import Batch, ChatImport
from documents.evaluation.evaluations import EVALUATION
from documents.models import Collection, Evaluation, QuestionSet, Source, Transcription
from documents.recordings.jobs import TRANSCRIPTION
from documents.sources.syncing.claim import SYNC
from tests.processes.site import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice", "alice@example.org", "a long password 1")


def begin_batch(user: User) -> Batch:
    return Batch.objects.create(owner=user, kind=Batch.Kind.QUESTIONS, title="x", model="echo")


def begin_evaluation(user: User) -> Evaluation:
    library = Collection.objects.create(owner=user, name="Library")
    questions = QuestionSet.objects.create(collection=library, name="Questions")
    return Evaluation.objects.create(question_set=questions)


def begin_source(user: User) -> Source:
    library = Collection.objects.create(owner=user, name="Library")
    return Source.objects.create(collection=library, owner=user, name="Files", kind="folder")


# How a worker leaves a row that it has taken, and a new row.
CASES = [
    (EXPORT, {}, lambda user: DataExport.objects.create(user=user)),
    (
        TRANSCRIPTION,
        {"state": "running"},
        lambda user: Transcription.objects.create(owner=user, file="a.wav", media_type="audio/wav"),
    ),
    (
        IMPORT,
        {"state": "running"},
        lambda user: ChatImport.objects.create(owner=user, file="a.json", filename="a.json"),
    ),
    (BATCH, {"state": "running"}, begin_batch),
    (EVALUATION, {"state": "running"}, begin_evaluation),
    (SYNC, {"state": "running"}, begin_source),
]


@pytest.mark.parametrize(("job", "changes", "begin"), CASES, ids=[job.task for job, _, _ in CASES])
def test_of_two_workers_that_come_at_once_one_has_the_row(
    alice, job: Job, changes: dict[str, str], begin: Callable[[User], object]
):
    row = begin(alice)

    def claim() -> object:
        try:
            return job.claim(row.pk, **changes)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as other:
        with transaction.atomic():
            assert job.claim(row.pk, **changes) == row
            second = other.submit(claim)
            wait_for_a_lock()
        assert second.result() is None


def wait_for_a_lock() -> None:
    """Until another connection waits for what this one has locked."""

    def is_waited_for() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                " AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            return cursor.fetchone() is not None

    until(is_waited_for, "somebody who waits")
