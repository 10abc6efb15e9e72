"""Ranking by words: PostgreSQL's full text search, where any word of the query counts."""

from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, Value

from documents.models import Chunk
from documents.search.scope import Scope

LANGUAGE = "english"
# Ranks are divided by 1 + the logarithm of the text's length.
_BY_LENGTH = 1


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
    query = AnyWord(text, config=LANGUAGE)
    score = SearchRank(F("words"), query, normalization=Value(_BY_LENGTH))
    found = Chunk.objects.filter(words=query, version__in=scope.versions())
    ranked = found.annotate(score=score).order_by("-score", "pk").values_list("pk", "score")
    return dict(ranked[:limit])
