from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from aiapp.llm.embedding import client
from documents.library import uploads
from documents.models import Version
from documents.tests import fake_embeddings

Upload = Callable[..., Version]


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice", "alice@example.org", "alice's long password")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob", "bob@example.org", "bob's long password")


@pytest.fixture
def storage(settings, tmp_path: Path) -> Path:
    """Files in a place of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture
def fake(settings) -> Iterator[fake_embeddings.FakeEmbeddings]:
    """A model that embeds at once, and fails as told."""
    with fake_embeddings.running() as server:
        settings.EMBEDDING_BASE_URL = server.base_url
        settings.EMBEDDING_API_KEY = "key"
        settings.EMBEDDING_MODEL = "fake"
        yield server
        client.close_sync_clients()


@pytest.fixture
def upload(alice: User, storage: Path) -> Upload:
    """Upload a file as Alice; its version waits for a worker."""

    def call(data: bytes, name: str = "report.pdf") -> Version:
        document = uploads.accept(alice, SimpleUploadedFile(name, data))
        return document.versions.get()

    return call


@pytest.fixture
def embedding(settings, storage: Path, embedding_server) -> None:
    """The real local model embeds."""
    settings.EMBEDDING_BASE_URL = embedding_server.base_url
    settings.EMBEDDING_API_KEY = embedding_server.key
