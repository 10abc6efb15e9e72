import pytest

from documents.search import search
from documents.tests.library import reader, ready_document

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice(embedding):
    user = reader("alice").user
    ready_document(user, embedded=True)
    return user


@pytest.mark.parametrize("mode", ["hybrid", "dense"])
async def test_an_outage_leaves_the_search_by_words(alice, settings, tmp_path, mode):
    settings.EMBEDDING_BASE_URL = f"unix://{tmp_path}/nobody.sock"
    found = await search(alice, "the cafeteria", 1, mode=mode)
    assert [p.page for p in found.passages] == [3]
    assert found.notice == "Keyword search only: the embedding service is not responding."


async def test_a_provider_that_is_no_longer_configured_is_told(alice, settings):
    settings.EMBEDDING_BASE_URL = "http://127.0.0.1:9/v1"
    settings.LOCAL_EMBEDDING_SERVER = False
    found = await search(alice, "the cafeteria", 1)
    assert [p.page for p in found.passages] == [3]
    assert found.notice.startswith("Keyword search only: no document is indexed")


async def test_a_search_by_words_alone_asks_no_service(alice, settings, tmp_path):
    settings.EMBEDDING_BASE_URL = f"unix://{tmp_path}/nobody.sock"
    found = await search(alice, "the cafeteria", 1, mode="lexical")
    assert (found.notice, len(found.passages)) == ("", 1)
