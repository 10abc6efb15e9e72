"""The facts about its models that Ollama tells in its own API, beside OpenAI's protocol.

Over OpenAI's it gives their names and no more. A prompt that is longer than the context with which
a model is loaded loses its beginning, the rules with it, and nothing says so (ollama/ollama#3839).
That context is 4,096 tokens on most machines, whatever the model was made for, unless
OLLAMA_CONTEXT_LENGTH or the model's own `num_ctx` says more.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2

from aiapp.llm.catalogue.kinds import KIND
from aiapp.llm.streams.sse import parse_json
from aiapp.llm.transport import load_certificates

PORT = 11434
DEFAULT_CONTEXT = 4_096
MAX_CONTEXT = 1_000_000_000
# A server with more models tells of the first, and of what is loaded.
MAX_MODELS, AT_ONCE = 60, 4
MAX_BYTES = 4 * 1024 * 1024
# For all requests together: a page may wait for them.
SECONDS, CONNECT_SECONDS = 3.0, 1.0
CHATS = "completion"
ABILITIES = {"vision": "vision", "tools": "tools"}
_NUM_CTX = re.compile(r"^num_ctx[ \t]+(\d{1,10})[ \t]*$", re.MULTILINE)

Facts = dict[str, Any]


def is_there(base_url: str) -> bool:
    """Tell an address of Ollama by its port, which nothing else has by default."""
    try:
        return urlsplit(base_url).port == PORT
    except ValueError:
        return False


async def describe(base_url: str, api_key: str, names: Iterable[str]) -> dict[str, Facts]:
    """Return the facts about models: `context` in tokens, `vision`, `tools`, and what they are for.

    A model of which the server tells nothing, or nothing in time, is left out.
    """
    parts = urlsplit(base_url)
    # Behind a proxy it may have a path of its own.
    path = parts.path.rstrip("/").removesuffix("/v1")
    root = parts._replace(path=path, query="", fragment="").geturl()
    found: dict[str, Facts] = {}
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    timeout = httpx2.Timeout(SECONDS, connect=CONNECT_SECONDS)
    async with httpx2.AsyncClient(
        timeout=timeout, headers=headers, verify=load_certificates()
    ) as client:
        places = asyncio.Semaphore(AT_ONCE)
        try:
            async with asyncio.timeout(SECONDS):
                loaded = _read_loaded(await _ask(client, "GET", f"{root}/api/ps"))

                async def add(name: str) -> None:
                    async with places:
                        told = await _ask(client, "POST", f"{root}/api/show", {"model": name})
                    if told:
                        found[name] = _describe(told, loaded.get(_complete(name), 0))

                await asyncio.gather(*map(add, [*names][:MAX_MODELS]))
        except TimeoutError:
            pass
    return found


async def _ask(
    client: httpx2.AsyncClient, method: str, url: str, body: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return an answer's object; an empty one for whatever else comes."""
    received = bytearray()
    try:
        async with client.stream(method, url, json=body) as response:
            async for chunk in response.aiter_bytes():
                received += chunk
                if len(received) > MAX_BYTES:
                    return {}
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError):
        return {}
    told = parse_json(bytes(received)) if response.status_code == httpx2.codes.OK else None
    return told if isinstance(told, dict) else {}


def _read_loaded(told: Mapping[str, Any]) -> dict[str, int]:
    """Return the contexts of the models that are loaded at the moment."""
    models = told.get("models")
    rows = [row for row in models if isinstance(row, dict)] if isinstance(models, list) else []
    return {str(row.get("name")): _as_context(row.get("context_length")) for row in rows}


def _describe(told: Mapping[str, Any], loaded: int) -> Facts:
    facts: Facts = {"context": loaded or _find_context(told)}
    can = told.get("capabilities")
    if isinstance(can, list):
        facts |= {field: name in can for field, name in ABILITIES.items()}
        facts[KIND] = "chat" if CHATS in can else "other"
    return facts


def _find_context(told: Mapping[str, Any]) -> int:
    """Return the context with which a model will be loaded."""
    parameters, about = told.get("parameters"), told.get("model_info")
    if isinstance(parameters, str) and (said := _NUM_CTX.search(parameters)):
        return _as_context(int(said[1])) or DEFAULT_CONTEXT
    sizes = about.items() if isinstance(about, dict) else ()
    made_for = max((_as_context(v) for k, v in sizes if k.endswith(".context_length")), default=0)
    if told.get("remote_model") or told.get("remote_host"):
        # Of Ollama's cloud, which gives a model all that it was made for.
        return made_for or DEFAULT_CONTEXT
    return min(made_for or DEFAULT_CONTEXT, DEFAULT_CONTEXT)


def _as_context(value: object) -> int:
    return value if type(value) is int and 0 < value <= MAX_CONTEXT else 0


def _complete(name: str) -> str:
    """Return a name with its tag, as the list of loaded models has it."""
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"
