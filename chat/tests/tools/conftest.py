"""An embedding model for documents whose tables are asked."""

import pytest

from documents.tests import fake_embeddings


@pytest.fixture
def embeddings(settings):
    with fake_embeddings.running() as server:
        settings.EMBEDDING_BASE_URL = server.base_url
        settings.EMBEDDING_API_KEY = "key"
        settings.EMBEDDING_MODEL = "fake"
        yield server
