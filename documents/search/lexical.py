"""Ranking by words: PostgreSQL's full text search, where any word of the query counts."""

from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, Value

from documents.headings import without_suffixes
from documents.models import Chunk
from documents.search.scope import Scope

LANGUAGE = "english"
# Ranks are divided by 1 + the logarithm of the text's length.
_BY_LENGTH = 1
# What a word is worth, for the weights D, C, B, A: D is the text's, A the title's (`storing`).
_IN_TEXT = (0.1, 0.0, 0.0, 0.0)
# Apart from the text and its length, so that all chunks of a document gain the same and their
# order among themselves stays. Otherwise the shortest, a page's header perhaps, gain most.
_IN_TITLE = (0.0, 0.0, 0.0, 0.03)


class AnyWord(SearchQuery):
    """Matches a text that holds any of the words.

    `plainto_tsquery` wants all of them in one passage, which no passage answers when the query
    is a question. What it does well is kept: any text is a query, and cannot be a syntax error.
    """

    def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, Any]:
        sql, params = super().as_sql(*args, **kwargs)
        return f"replace(({sql})::text, ' & ', ' | ')::tsquery", params


def rank(scope: Scope, text: str, limit: int) -> dict[UUID, float]:
    """The best chunks and their scores, best first."""
    # A file's name is one word to PostgreSQL, so its parts are asked for beside it.
    query = AnyWord(f"{text} {without_suffixes(text)}", config=LANGUAGE)
    by_text = SearchRank(F("words"), query, weights=list(_IN_TEXT), normalization=Value(_BY_LENGTH))
    score = by_text + SearchRank(F("words"), query, weights=list(_IN_TITLE))
    found = Chunk.objects.filter(words=query, version__in=scope.versions())
    ranked = found.annotate(score=score).order_by("-score", "pk").values_list("pk", "score")
    return dict(ranked[:limit])
