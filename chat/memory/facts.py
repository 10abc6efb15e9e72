"""Facts about people, from themselves, for answers in other chats to know; they hold the switch."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from aiapp.concurrency.locks import lock_until_commit
from aiapp.errors import Conflict, InvalidInput, NotFound
from chat.models import Conversation, Instructions, UserFact

MAX_FACTS = 100
MAX_CHARS = 300


def are_on(user: User) -> bool:
    return Instructions.objects.filter(owner=user, learns=True).exists()


def switch(user: User, *, on: bool) -> None:
    """Switch the learning. Off leaves what is known to its owner, and tells it to no model."""
    Instructions.objects.update_or_create(owner=user, defaults={"learns": on})


def of(user: User) -> QuerySet[UserFact]:
    """The user's facts, the oldest first."""
    return UserFact.objects.filter(owner=user)


def get(user: User, fact_id: UUID) -> UserFact:
    fact = of(user).filter(id=fact_id).first()
    if fact is None:
        raise NotFound("There is no such fact.")
    return fact


def add(user: User, text: str) -> UserFact:
    """Raises InvalidInput or Conflict."""
    text = _clean_text(text)
    with transaction.atomic():
        lock_until_commit(f"facts {user.pk}")
        if of(user).count() >= MAX_FACTS:
            message = f"At most {MAX_FACTS} facts are kept. Delete some first."
            raise InvalidInput(message, code="too_many")
        return _save(UserFact(owner=user, text=text))


def change(fact: UserFact, text: str) -> UserFact:
    """Raises InvalidInput or Conflict."""
    fact.text = _clean_text(text)
    return _save(fact)


def learn(user: User, texts: Sequence[str], conversation: Conversation) -> None:
    """Add what a chat has told, as far as there is room; what is known stays as it is."""
    new = [UserFact(owner=user, text=text[:MAX_CHARS], conversation=conversation) for text in texts]
    with transaction.atomic():
        lock_until_commit(f"facts {user.pk}")
        room = MAX_FACTS - of(user).count()
        UserFact.objects.bulk_create(new[: max(room, 0)], ignore_conflicts=True)


def _save(fact: UserFact) -> UserFact:
    with transaction.atomic():
        # Looked for first: the database would note a text that it refuses in its log.
        lock_until_commit(f"facts {fact.owner_id}")
        alike = UserFact.objects.filter(owner=fact.owner_id, text=fact.text)
        if alike.exclude(pk=fact.pk).exists():
            raise Conflict("This is known already.", code="fact_known")
        fact.save()
    return fact


def _clean_text(text: str) -> str:
    text = " ".join(text.replace("\x00", "").split())
    if not text:
        raise InvalidInput("Write what should be known.", code="empty_fact")
    if len(text) > MAX_CHARS:
        raise InvalidInput(f"A fact has at most {MAX_CHARS} characters.", code="fact_too_long")
    return text
