"""The decision whether a question gets the passages that were found for it.

It does when they bear on it (`documents.search.bearing`), when its user has chosen what to search,
or when it says itself that it is about documents; else the model answers alone.
"""

import re
from dataclasses import replace

from aiapp.llm.base import ModelInfo
from chat.turns.question import TurnQuestion
from documents.search import Bearing, SearchResult, searchable
from documents.text.telling import has_few_words, is_small_talk, points_at_documents

# As answers that rest on passages have them.
_MARK = re.compile(r"\[\d{1,3}\]")


def is_worth_searching(question: TurnQuestion) -> bool:
    """Tell if a question asks for anything; a greeting does not."""
    return question.is_limited or not is_small_talk(question.content)


def drop_foreign(question: TurnQuestion, model: ModelInfo, hits: SearchResult) -> SearchResult:
    """Return what was found as far as it goes along with the question."""
    is_wanted = question.is_limited or _points_at_documents(question)
    # What knows nothing by itself answers from passages or not at all.
    if is_wanted or not model.follows_prompts:
        has_answer = hits.answerable and (is_wanted or hits.bearing is not Bearing.NONE)
        # What is asked about may stand in the pictures, of which the search knows nothing.
        answerable = None if question.pictures else bool(hits.passages) and has_answer
        return replace(hits, answerable=answerable, bearing=Bearing.SURE)
    if hits.bearing is not Bearing.NONE:
        return replace(hits, answerable=None)
    if _goes_on_from_passages(question):
        return replace(hits, answerable=None, bearing=Bearing.PERHAPS)
    return SearchResult()


def must_rest(hits: SearchResult) -> bool:
    """Tell if an answer claims to rest on passages even where it cites none."""
    return hits.bearing is Bearing.SURE and hits.answerable is not False


def _points_at_documents(question: TurnQuestion) -> bool:
    return points_at_documents(searchable(question.content))


def _goes_on_from_passages(question: TurnQuestion) -> bool:
    """Tell if a question that says little ("Shorter, please") follows an answer with marks.

    What the marks stand for is not kept, so an answer in other words needs the passages again.
    """
    last = question.history[-1] if question.history else None
    is_marked = (
        last is not None
        and last["role"] == "assistant"
        and _MARK.search(last["content"]) is not None
    )
    return is_marked and has_few_words(question.content)
