"""Bodies of requests are bounded, and files of strangers refused, before anything is read."""

from typing import Any

import pytest

from aiapp.body_limit import FRAME_BYTES, BodyLimit

MB = 1024 * 1024
# The same in each of the processes that run the tests.
DOCUMENT = "01a20a68-2648-7e71-a1cc-5620a6920a2c"
UPLOADS = [
    "/documents/upload/",
    f"/documents/{DOCUMENT}/versions/",
    "/api/documents",
    f"/api/documents/{DOCUMENT}/versions",
]


async def sent(
    path: str, length: int, headers: dict[str, str] | None = None
) -> tuple[int, list[str]]:
    """The status of the answer, and what was asked of the body or the application before it."""
    done: list[str] = []
    status = 0

    async def application(scope: Any, receive: Any, send: Any) -> None:
        done.append("application")
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> dict[str, Any]:
        done.append("read")
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            done.append("answer")

    all_headers = {"content-length": str(length), **(headers or {})}
    raw = [(name.encode(), value.encode()) for name, value in all_headers.items()]
    scope = {"type": "http", "method": "POST", "path": path, "headers": raw}
    await BodyLimit(application)(scope, receive, send)
    return status, done


@pytest.mark.parametrize("path", UPLOADS)
@pytest.mark.parametrize(
    "headers",
    [{"authorization": "Bearer x"}, {"cookie": "theme=dark; session=x"}],
    ids=["token", "session"],
)
async def test_a_file_may_be_as_large_as_documents_may(settings, path, headers):
    settings.DOCUMENT_MAX_BYTES, settings.REQUEST_MAX_BYTES = 50 * MB, MB
    assert await sent(path, 50 * MB, headers) == (200, ["application", "answer"])
    assert (await sent(path, 50 * MB + FRAME_BYTES + 1, headers))[0] == 413
    assert (await sent("/api/documents/search", 50 * MB, headers))[0] == 413


@pytest.mark.parametrize("path", UPLOADS)
@pytest.mark.parametrize("headers", [{}, {"cookie": "theme=dark; mysession=x"}])
async def test_a_file_of_nobody_is_refused_before_it_is_read(path, headers):
    status, done = await sent(path, 1000, headers)
    assert status == 401
    assert done[0] == "answer"
    assert "application" not in done
