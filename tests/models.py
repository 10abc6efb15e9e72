"""The models' servers that tests ask, each started once per worker, when it is first wanted.

No part of `tests.plugin`, since the process that starts workers has no use for it, and its imports
take two seconds.
"""

from collections.abc import Iterator

import pytest

from tests.processes import model_servers


@pytest.fixture(scope="session")
def embedding_server() -> Iterator[model_servers.Server]:
    """The real local embedding server."""
    # Imported here, since the settings are read with it.
    from aiapp.llm.embedding.client import close_sync_clients  # noqa: PLC0415

    with model_servers.embedding() as server:
        yield server
        close_sync_clients()


@pytest.fixture(scope="session")
def fake_model() -> Iterator[str]:
    """A vendor's chat endpoint (`processes/fake_model.py`); its base URL."""
    with model_servers.fake_chat() as base_url:
        yield base_url


@pytest.fixture(scope="session")
def fake_claude() -> Iterator[str]:
    """Anthropic's API (`tests.processes.fake_claude`); its base URL."""
    with model_servers.fake_claude() as base_url:
        yield base_url


@pytest.fixture(scope="session")
def chat_server() -> Iterator[model_servers.Server]:
    """The real local chat server."""
    with model_servers.chat() as server:
        yield server
