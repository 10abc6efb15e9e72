from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from aiapp.llm.embedding import client
from documents.errors import IngestError
from documents.library import uploads
from documents.models import Version
from documents.parsing.formats import BY_SUFFIX
from documents.parsing.notes import Note
from documents.parsing.process import Count, PageText, parse
from documents.tests import fake_embeddings
from documents.tests.parsing import in_process

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


@pytest.fixture(scope="session")
def _parsers_in_processes() -> set[str]:
    """The parsers that have read a file in a process of its own."""
    return set()


@pytest.fixture
def read(
    tmp_path: Path, _parsers_in_processes: set[str]
) -> Callable[..., tuple[list[str], dict[str, dict[str, object]]]]:
    """The pages of a file, and the notes on them.

    The first file that a parser gets is read in a process of its own as well, as all files of
    people are, and becomes the same there.
    """

    def call(suffix: str, data: bytes | str) -> tuple[list[str], dict[str, dict[str, object]]]:
        # Stored files have no suffix.
        path = tmp_path / "file"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        file_format = BY_SUFFIX[suffix]
        found = in_process.parse(str(path), file_format.media_type)
        if file_format.parser not in _parsers_in_processes:
            _parsers_in_processes.add(file_format.parser)
            assert list(parse(str(path), file_format.media_type)) == found
        texts = [item.text for item in found if isinstance(item, PageText)]
        assert found[0] == Count(len(texts))
        return texts, {item.code: dict(item.values) for item in found if isinstance(item, Note)}

    return call


@pytest.fixture
def read_error(read) -> Callable[[str, bytes], str]:
    """The reason for which a file cannot be read."""

    def call(suffix: str, data: bytes) -> str:
        with pytest.raises(IngestError) as failed:
            read(suffix, data)
        return failed.value.reason

    return call
