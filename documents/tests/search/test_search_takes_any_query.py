import random

import pytest

from documents.search import MAX_CHARS, search, searchable
from documents.tests.library import reader, ready_document

pytestmark = pytest.mark.django_db(transaction=True)

_random = random.Random(7)
ODD = {
    "empty": "",
    "blank": " \t\n",
    "stop words": "the of and to a",
    "nul": "vac\x00ation",
    "only nul": "\x00\x00",
    "quotes": "it's \"vacation\" ''' \" '",
    "backslashes": r"vacation \ \\ \' \x00 %s %(a)s %%",
    "operators": "vacation & | ! ( ) :* <-> <2> 'a':1A",
    "sql": "'); DROP TABLE documents_chunk; --",
    "emoji": "🏖️ vacation 👩‍👩‍👧",
    "emoji only": "🏖️🏖️",
    "korean": "휴가는 며칠입니까?",
    "lone surrogate": "vacation \ud800",
    "controls": "vacation \x01\x1b\x7f\u202e\ufeff",
    "one long word": "v" * 100_000,
    "100 kB": "vacation days " * 7_500,
    "many words": " ".join(f"word{_random.random()}" for _ in range(10_000)),
    "hyphens": "carry-over state-of-the-art /etc/passwd a@b.org http://x.org/y?z=1",
    "html": "<script>alert(1)</script> &amp; vacation",
}


@pytest.mark.parametrize("query", ODD.values(), ids=ODD.keys())
async def test_an_odd_query_never_fails(embedding, one_document, query):
    for mode in ("lexical", "hybrid"):
        found = await search(one_document, query, 5, mode=mode)
        assert len(found.passages) <= 3
        if mode == "lexical" and "vacation" in query:
            assert found.passages[0].page == 1


@pytest.fixture
def one_document(embedding):
    alice = reader("alice").user
    ready_document(alice, embedded=True)
    return alice


async def test_any_word_of_a_hyphenated_one_counts(one_document):
    found = await search(one_document, "over-complicated bread-winner", 5, mode="lexical")
    assert [p.page for p in found.passages] == [3]


def test_of_a_long_query_the_beginning_and_the_end_count():
    text = searchable("First words. " + "x" * 50_000 + " Last words?")
    assert text.startswith("First words.")
    assert text.endswith("Last words?")
    assert len(text) <= MAX_CHARS + 1
