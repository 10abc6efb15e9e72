"""Documents that an older release indexed get the words of this one."""

import pytest

from aiapp.db import in_db
from documents.ingest.reindexing import find_outdated, rederive_some
from documents.library import collections
from documents.models import Version
from documents.search import search
from documents.tests.library import ready_document
from documents.text.lexemes import RECIPE

pytestmark = pytest.mark.django_db(transaction=True)


async def test_korean_is_found_once_its_words_are_made_anew(alice, storage, ready):
    assert (await search(alice, "휴가", mode="lexical")).passages == []
    assert await in_db(rederive_some) is False
    (found,) = (await search(alice, "휴가", mode="lexical")).passages
    assert "연차휴가는" in found.text


def test_each_version_is_done_once(alice, storage, ready):
    assert find_outdated().count() == 1
    assert rederive_some() is False
    assert not find_outdated().exists()
    assert set(Version.objects.values_list("words_recipe", flat=True)) == {RECIPE}


async def test_a_new_title_is_found_once_its_words_are_made_anew(alice, storage):
    document = await in_db(ready_document, alice, ["Nothing else."], title="old.pdf")
    await in_db(rederive_some)
    await in_db(collections.retitle, document, "Wombats in winter.pdf")
    assert await in_db(rederive_some) is False
    (found,) = (await search(alice, "wombats", mode="lexical")).passages
    assert found.title == "Wombats in winter.pdf"


@pytest.fixture
def ready(transactional_db, alice, storage):
    """Its words are those of whole runs, as they were before."""
    return ready_document(alice, ["직원의 연차휴가는 열흘이다."], title="규정.pdf")
