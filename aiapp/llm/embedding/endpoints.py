"""The endpoints of embeddings, by the provider's name.

    local    the packaged server
    openai   OPENAI_BASE_URL and OPENAI_API_KEY
    custom   EMBEDDING_BASE_URL and EMBEDDING_API_KEY

Addresses and keys stand in the environment alone. The database names a provider and a model, so
nobody who may write there can send texts elsewhere.
"""

from dataclasses import dataclass

import httpx2
from django.conf import settings

from aiapp.llm.errors import ModelRefused
from aiapp.llm.transport import http_base

LOCAL, OPENAI, CUSTOM = "local", "openai", "custom"


@dataclass(frozen=True, slots=True)
class Endpoint:
    base_url: str
    api_key: str

    @property
    def host(self) -> str:
        return httpx2.URL(http_base(self.base_url)[0]).host


def provider() -> str:
    """The name of the provider that the environment chooses for new installations."""
    if http_base(settings.EMBEDDING_BASE_URL)[1]:
        return LOCAL
    return OPENAI if _default() == _openai() else CUSTOM


def endpoints() -> dict[str, Endpoint]:
    """The configured providers; the chosen one comes first."""
    found = {provider(): _default()}
    if openai := _openai():
        found.setdefault(OPENAI, openai)
    if settings.LOCAL_EMBEDDING_SERVER:
        found.setdefault(LOCAL, Endpoint(settings.LOCAL_EMBEDDING_URL, settings.LOCAL_MODEL_KEY))
    return found


def is_configured(name: str) -> bool:
    return _find(name) is not None


def find_endpoint(name: str) -> Endpoint:
    """Raises ModelRefused when the environment does not know the provider (any more)."""
    endpoint = _find(name)
    if endpoint is None:
        raise ModelRefused(f"The embedding provider {name} is not configured.")
    return endpoint


def reads_openai_tokens(name: str) -> bool:
    """Return whether a provider is OpenAI itself, which knows its tokens by their ids.

    Another server that speaks its protocol would take them for its own.
    """
    endpoint = _find(name)
    return endpoint is not None and (not endpoint.base_url or endpoint.host == "api.openai.com")


def _find(name: str) -> Endpoint | None:
    configured = endpoints()
    # Spaces used to be named by the host of their endpoint.
    hosts = (one for key, one in configured.items() if key != LOCAL and one.host == name)
    return configured.get(name) or next(hosts, None)


def _default() -> Endpoint:
    return Endpoint(settings.EMBEDDING_BASE_URL, settings.EMBEDDING_API_KEY)


def _openai() -> Endpoint | None:
    """None where there is none: the packaged chat model has no address of a vendor."""
    configured = settings.OPENAI_BASE_URL or settings.OPENAI_API_KEY
    if settings.LOCAL_CHAT or not configured:
        return None
    return Endpoint(settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY)
