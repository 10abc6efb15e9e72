"""Quotes from the documents: answers without a language model.

    terms       the words that are compared
    expecting   what kind of answer a question asks for
    reading     the sources cut into what can be quoted
    selection   which of it answers a question
    summing_up  which of it says what a text is about
    wording     the quotes as Markdown, and what is said besides
    chat        the client, as of every vendor

What it is given stands in `Prompt.sources`; it reads no message. So nothing that a document says
can steer it, and nothing in an answer is anybody's but the documents'.
"""

from django.conf import settings
from django.utils.translation import gettext_noop

from aiapp.llm.base import ModelInfo

NAME = settings.QUOTES_MODEL
MODEL = ModelInfo(
    name=NAME,
    # As many passages as are read for the best three; none costs a token.
    passage_tokens=100_000,
    passage_count=10,
    verbatim=True,
    title=gettext_noop("Quotes from your documents"),
)


def is_configured() -> bool:
    return True


def claims(model: str) -> bool:
    return model == NAME


def access() -> tuple[str, str]:
    return "", ""
