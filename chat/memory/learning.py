"""Learning what users say about themselves, in the background and for those who switched it on.

Only a question that its user wrote here is read, never an answer, a document, a tool's result, nor
a message of a shared or imported chat or of a program's history: what others wrote must not become
something that a user is believed to have said.
"""

import logging
from uuid import UUID

from django.conf import settings

from accounts.models import User
from aiapp.db import in_db
from aiapp.errors import TooManyRequests
from aiapp.llm import registry
from aiapp.llm.errors import ModelError
from aiapp.llm.tokens import shorten
from chat.memory import aside, facts
from chat.models import Message
from chat.prompts import memory as wording
from chat.prompts.answer import new_nonce

MAX_NEW_FACTS = 3
QUESTION_TOKENS = 1_000
ANSWER_TOKENS = 150

logger = logging.getLogger(__name__)


async def learn(answer_id: UUID) -> None:
    """Keep what the question of an answer tells about its asker, if that is wanted."""
    answer = await in_db(_find_answer, answer_id)
    if answer is None or answer.parent is None:
        return
    owner: User = answer.conversation.owner
    known = await in_db(lambda: list(facts.of(owner).values_list("text", flat=True)))
    question = shorten(answer.parent.content, QUESTION_TOKENS)
    model = settings.MEMORY_MODEL or answer.turn.model
    try:
        messages = wording.facts_in(question, known, new_nonce())
        reply = await aside.ask(owner, model, messages, ANSWER_TOKENS)
    except (ModelError, TooManyRequests) as error:
        logger.warning("nothing_learned", extra={"reason": type(error).__name__})
        return
    if new := _parse_facts(reply, known):
        await in_db(facts.learn, owner, new, answer.conversation)


def _find_answer(answer_id: UUID) -> Message | None:
    answer = (
        Message.objects.filter(
            id=answer_id,
            conversation__deleted=None,
            conversation__temporary=False,
            conversation__owner__is_active=True,
        )
        .select_related("conversation__owner", "turn", "parent")
        .first()
    )
    if answer is None or not facts.are_on(answer.conversation.owner):
        return None
    if answer.parent is None or answer.parent.is_foreign:
        return None
    # A question that looks like orders to the model may be a text that somebody else wrote.
    suspect = any(flag["source"] == "question" for flag in answer.turn.flags or ())
    if suspect or not registry.info(settings.MEMORY_MODEL or answer.turn.model).follows_prompts:
        return None
    return answer


def _parse_facts(reply: str, known: list[str]) -> list[str]:
    """The lines of a list, without what is known; a talkative model's other lines are not taken."""
    lines = [line[2:].strip() for line in reply.splitlines() if line.startswith(("- ", "* "))]
    have = {text.casefold() for text in known}
    return [line for line in lines if line and line.casefold() not in have][:MAX_NEW_FACTS]
