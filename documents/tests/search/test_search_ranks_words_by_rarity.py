"""Rare words count more, and what may not be found takes no place."""

import pytest
from asgiref.sync import async_to_sync

from aiapp.db import in_db
from aiapp.llm.registry import close_clients
from documents.models import Chunk
from documents.search import lexical, search
from documents.search.candidates import candidates
from documents.spaces.storing import rederive
from documents.tests.library import ready_document

pytestmark = pytest.mark.django_db(transaction=True)

COMMON = [f"The committee met about the budget of month {n}." for n in range(30)]
COUNTS = {"kindly": 3.0, "salary": 4_000.0, "parental": 5_000.0, "leave": 8_000.0}
QUERIES = {term: f"'{term}'" for term in COUNTS}


async def test_common_words_do_not_drown_a_rare_one(alice, storage):
    await in_db(ready_document, alice, [*COMMON, "Wombats were not discussed at all in that year."])
    found = await search(alice, "what did the committee say about wombats", 1, mode="lexical")
    assert "Wombats" in found.passages[0].text


async def test_a_word_that_all_candidates_hold_tells_little_however_rare_it_is_elsewhere(
    alice, storage
):
    await in_db(ready_document, alice, [f"Dividends of the fund in week {n}." for n in range(60)])
    pages = [f"Zenith opened branch {n}." for n in range(38)]
    name = "Zenith Zenith Zenith Zenith Zenith opened a branch."
    answer = "Zenith pays no dividends this year."
    report = await in_db(ready_document, alice, [*pages, name, answer], title="report.pdf")
    found = await search(alice, "dividends of Zenith", 1, mode="lexical", documents=[report.pk])
    assert found.passages[0].text == answer


async def test_a_word_by_which_is_only_asked_counts_less_than_what_is_asked_about(alice, storage):
    pages = [*COMMON, *[f"Wombats dig in week {n}." for n in range(6)], "Please wipe your feet."]
    await in_db(ready_document, alice, pages)
    found = await search(alice, "Wombats, please?", 7, mode="lexical")
    *wombats, last = [passage.text for passage in found.passages]
    assert all(text.startswith("Wombats") for text in wombats)
    assert last == "Please wipe your feet."


async def test_a_question_in_korean_finds_its_page(alice, storage):
    pages = [
        "출장비는 월말에 정산한다.",
        "직원의 연차휴가는 열흘이다.",
        "구내식당은 여덟 시에 연다.",
    ]
    document = await in_db(ready_document, alice, pages, title="규정.pdf")
    await in_db(_with_words_of_today, document)
    found = await search(alice, "연차휴가가 며칠인가요?", 1, mode="lexical")
    assert found.passages[0].page == 2


@pytest.mark.parametrize("mode", ["lexical", "dense", "hybrid"])
def test_a_disabled_passage_takes_no_place(alice, embedding, mode):
    ready_document(alice, [*COMMON[:3], "Budget: the committee met."], embedded=True)
    first = _texts(alice, "budget of the committee", mode)[0]
    Chunk.objects.filter(text=first).update(disabled=True)
    found = _texts(alice, "budget of the committee", mode)
    assert len(found) == 2
    assert first not in found


@pytest.mark.parametrize("mode", ["lexical", "dense", "hybrid"])
def test_what_others_keep_takes_no_place(alice, bob, embedding, mode):
    ready_document(bob, [*COMMON, "The committee met about wombats."], embedded=True)
    ready_document(alice, ["Nothing about a committee.", "Lunch is at noon."], embedded=True)
    found = _texts(alice, "the committee met about wombats", mode)
    assert found[0] == "Nothing about a committee."


def test_words_that_only_others_keep_do_not_empty_the_ranking(alice, bob, storage, monkeypatch):
    # As in a library so large that not each chunk is looked at.
    monkeypatch.setattr(lexical, "EACH_CHUNK", 0)
    ready_document(bob, ["Wombats dig."])
    ready_document(alice, [*COMMON, "The committee met in May."])
    found = _texts(alice, "wombats of the committee", "lexical")
    assert len(found) == 2


def pick_candidates(counts, chunks=100_000):
    return candidates(counts, list(counts), QUERIES, chunks)


def test_the_rarest_words_lead_and_two_others_together_fill_up():
    assert pick_candidates(COUNTS) == (
        "'kindly' | ('salary') & ('parental') | ('salary') & ('leave') | ('parental') & ('leave')"
    )


def test_a_word_that_too_many_chunks_hold_comes_with_another():
    counts = {"salary": 11_000.0, "leave": 30_000.0, "parental": 60_000.0}
    telling = ["salary"]
    assert candidates(counts, telling, QUERIES, 1_000_000) == (
        "('salary') & ('leave') | ('salary') & ('parental')"
    )


def test_a_word_alone_is_asked_for_however_many_hold_it():
    assert pick_candidates({"salary": 50_000.0}) == "'salary'"


def test_a_lone_common_word_is_asked_for_where_little_else_is_found():
    counts = {"kindly": 3.0, "salary": 4_000.0}
    assert pick_candidates(counts) == "'kindly' | 'salary'"
    counts["salary"] = 50_000.0
    assert pick_candidates(counts, 1_000_000) == "'kindly'"


def test_words_that_few_chunks_hold_are_all_asked_for():
    counts = {"kindly": 3.0, "salary": 400.0, "leave": 500.0}
    assert pick_candidates(counts) == "'kindly' | 'salary' | 'leave'"


def _texts(user, query, mode):

    async def once():
        found = await search(user, query, 2, mode=mode)
        await close_clients()
        return [passage.text for passage in found.passages]

    return async_to_sync(once)()


def _with_words_of_today(document):

    for chunk in document.current.chunks.select_related("version__document"):
        rederive(chunk)
