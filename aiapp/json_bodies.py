"""JSON that others send, no deeper than what is made of it can be written again.

A parser follows a thousand levels; what comes after it - validation, the database, a model's
server - gives up earlier, and each somewhere else.
"""

from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

# What people and programs send has a dozen; a schema of a schema has thirty.
MAX_DEPTH = 100


def is_too_deep(value: Any, depth: int = MAX_DEPTH) -> bool:
    """Return whether objects and lists stand in one another more than `depth` times.

    Takes time in proportion to the size, and no recursion.
    """
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(depth):
        if not level:
            return False
        level = [
            child
            for each in level
            for child in (each.values() if isinstance(each, dict) else each)
            if isinstance(child, dict | list)
        ]
    return bool(level)


class BoundedParser(Parser):
    """Ninja's parser of bodies; what is too deep is not readable, as broken JSON is not."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        body = super().parse_body(request)
        if is_too_deep(body):
            raise ValueError(f"more than {MAX_DEPTH} levels")
        return body
