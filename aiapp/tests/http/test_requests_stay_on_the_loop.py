"""A request changes threads for work that waits, not for each look at its headers."""

from collections.abc import Iterator
from typing import Any

import pytest
from asgiref import sync
from django.test import AsyncClient

from accounts.models import User
from aiapp.db import in_db


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The functions that ran on another thread than the event loop's."""
    found: list[str] = []
    change = sync.SyncToAsync.__call__

    async def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        found.append(getattr(self.func, "__qualname__", ""))
        return await change(self, *args, **kwargs)

    monkeypatch.setattr(sync.SyncToAsync, "__call__", call)
    return found


@pytest.mark.django_db(transaction=True)
async def test_middleware_changes_threads_only_for_what_may_wait(changes: list[str]) -> None:
    page = AsyncClient()
    await page.aforce_login(await in_db(User.objects.create_user, "ann", "a@example.org", "x"))
    # The first builds the middleware.
    await page.get("/documents/")
    changes.clear()
    response = await page.get("/documents/")
    assert response.status_code == 200
    assert [name for name in changes if "Middleware" in name] == [
        # It reads forms.
        "CsrfViewMiddleware.process_view"
    ]


@pytest.mark.django_db(transaction=True)
async def test_a_session_that_changed_is_saved_beside_the_loop(changes: list[str]) -> None:
    await in_db(User.objects.create_user, "ann", "a@example.org", "a long password 1")
    page = AsyncClient()
    fields = {"username": "ann", "password": "a long password 1"}
    answer = await page.post("/accounts/login/", fields)
    assert answer.status_code == 302
    assert "SessionMiddleware.process_response" in changes
    assert (await page.get("/accounts/settings/")).status_code == 200
