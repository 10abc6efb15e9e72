"""The requests that a vendor's endpoint (`processes.fake_model`, `.fake_claude`) has had."""

from typing import Any

import httpx2

from aiapp.llm.transport import load_certificates


def fetch(base_url: str, text: str = "", last: int = 0) -> dict[str, Any]:
    """Return its requests that hold a text, or all, and of those the last ones, if so wished."""
    query = {"text": text, "last": str(last)}
    address = f"{base_url.removesuffix('/v1')}/requests"
    told: dict[str, Any] = httpx2.get(address, params=query, verify=load_certificates()).json()
    return told


def list_bodies(base_url: str, text: str = "", last: int = 0) -> list[dict[str, Any]]:
    bodies: list[dict[str, Any]] = fetch(base_url, text, last)["requests"]
    return bodies
