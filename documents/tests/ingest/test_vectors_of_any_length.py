"""Cosines ask for directions alone, so a model's vectors may be as long as it likes."""

import pytest
from asgiref.sync import async_to_sync

from accounts.models import User
from documents.ingest.pipeline import ingest
from documents.models import ChunkVector, Version
from documents.search import search
from documents.tests.conftest import Upload
from documents.tests.fake_embeddings import FakeEmbeddings


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("length", [1e38, 1e6, 300.0, 1e-3, 1e-8, 1e-30])
def test_a_document_is_embedded_and_found(
    alice: User, fake: FakeEmbeddings, upload: Upload, length: float
) -> None:
    fake.length = length
    about = "The harbour opens at seven in the morning."
    for name, text in (("harbour.txt", about), ("bread.txt", "Flour, yeast, salt and water.")):
        ingest(upload(text.encode(), name).pk)
    assert set(Version.objects.values_list("state", flat=True)) == {Version.State.READY}
    assert ChunkVector.objects.count() == 2
    hits = async_to_sync(search)(alice, "harbour opens seven morning", 2).passages
    assert hits[0].text == about
    similarities = [hit.similarity for hit in hits]
    assert similarities[0] is not None
    assert 0.7 < similarities[0] <= 1.001
