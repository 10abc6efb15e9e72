import tracemalloc
from itertools import pairwise

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from documents.models.tuning import DEFAULT, Tuning
from documents.text.chunking import pieces, spans

SMALL = Tuning(chunk_chars=200, chunk_overlap=40)


def pages(*texts):
    start = 0
    for number, text in enumerate(texts, 1):
        yield number, start, text
        start += len(text)


def test_chunks_are_of_the_configured_size_and_overlap():
    text = " ".join(f"word{n}" for n in range(500))
    found = list(pieces(pages(text)))
    assert all(len(piece.text) <= DEFAULT.chunk_chars == 1000 for piece in found)
    for one, next_one in pairwise(found):
        assert 0 < one.end - next_one.start <= DEFAULT.chunk_overlap == 200


def test_a_chunk_never_crosses_a_page():
    found = list(pieces(pages("first " * 60, "", "second " * 60), SMALL))
    assert {piece.page for piece in found} == {1, 3}
    assert all(("first" in piece.text) != ("second" in piece.text) for piece in found)
    assert [piece.ordinal for piece in found] == list(range(len(found)))


def test_a_text_that_repeats_is_found_where_it_was_cut():
    found = list(pieces(pages("the same words " * 100), SMALL))
    assert found[-1].end == len("the same words " * 100) - 1
    for one, next_one in pairwise(found):
        assert one.start < next_one.start <= one.end + 1


def test_a_page_of_millions_of_characters_is_cut_like_any_other():
    text = "word " * 500_000
    found = list(spans(text, 1000, 200))
    assert found[-1][1] == len(text) - 1
    assert all(one[0] < next_one[0] <= one[1] + 1 for one, next_one in pairwise(found))


def test_a_long_text_is_cut_in_little_memory():
    # The splitter would take 80 MB for all of it at once.
    text = "word " * 200_000
    tracemalloc.start()
    try:
        count = sum(1 for _ in spans(text, 1000, 200))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count > 1000
    assert peak < 40_000_000


def test_a_page_without_text_has_no_chunks():
    assert list(pieces(pages("", " \n ", "\t"))) == []


texts = st.text(alphabet="ab .\n가", max_size=400)


@given(st.lists(texts, max_size=4))
@hypothesis_settings(max_examples=300, deadline=None)
def test_nothing_but_white_space_is_left_out(given_pages):
    whole = "".join(given_pages)
    covered: set[int] = set()
    for _number, page_start, text in pages(*given_pages):
        for start, end in spans(text, 30, 10):
            assert 0 < end - start <= 30
            covered.update(range(page_start + start, page_start + end))
    lost = {whole[place] for place in set(range(len(whole))) - covered}
    assert all(not char.strip() for char in lost)
