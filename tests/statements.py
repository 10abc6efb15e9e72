"""Statements that Django sends, from whatever thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.backends.utils import CursorWrapper


@contextmanager
def noted_statements() -> Iterator[list[str]]:
    """Collect the statements that are sent meanwhile, without their values."""
    seen: list[str] = []
    execute = CursorWrapper.execute

    def note(cursor: CursorWrapper, sql: Any, params: Any = None) -> Any:
        seen.append(str(sql))
        return execute(cursor, sql, params)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CursorWrapper, "execute", note)
        yield seen
