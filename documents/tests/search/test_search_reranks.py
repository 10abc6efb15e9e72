"""A service that reads query and passages together has the last word on their order."""

import asyncio
import json
import math

import pytest
from aiohttp import web
from asgiref.sync import async_to_sync
from django.urls import reverse

from aiapp.llm.registry import close_clients
from documents.search import explain, search
from documents.tests.library import HANDBOOK, ready_document
from tests.processes import web_server

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "How many days of vacation?"


class Reranker:
    """Prefers the passages that hold its favourite word, or answers as it is told."""

    def __init__(self, server):
        self.asked, self.answer = [], None
        server.pages["/v1/rerank"] = self.rerank

    async def rerank(self, request):
        self.asked.append((await request.json(), request.headers.get("Authorization")))
        if self.answer is None:
            documents = self.asked[-1][0]["documents"]
            scores = [float("cafeteria" in text) - 0.5 for text in documents]
            results = [{"index": n, "relevance_score": score} for n, score in enumerate(scores)]
            return web.json_response({"results": results[::-1]})
        status, body = self.answer
        if status == "slow":
            await asyncio.sleep(30)
        return web.Response(status=status, text=body, content_type="application/json")


@pytest.fixture
def reranker(settings):
    with web_server.running("127.0.0.1") as server:
        settings.RERANK_BASE_URL = server.url("/v1/")
        settings.RERANK_MODEL = "reads-both"
        settings.RERANK_API_KEY = "its key"
        yield Reranker(server)


def pages(user, k=5, find=search):

    async def once():
        found = await find(user, QUESTION, k, mode="lexical")
        await close_clients()
        return found

    found = async_to_sync(once)()
    return found if find is explain else [(each.page, each.score) for each in found.passages]


# The words of the question stand on the first page alone; the others share "and" words.
PAGES = (*HANDBOOK[:2], "Vacation days are also the topic of the cafeteria's poster.")


def test_its_order_stands(alice, storage, reranker):
    ready_document(alice, PAGES)
    assert pages(alice) == [(3, 0.5), (1, -0.5)]
    ((asked, key),) = reranker.asked
    assert (asked["model"], asked["query"], key) == ("reads-both", QUESTION, "Bearer its key")
    assert asked["documents"][0].endswith(PAGES[0])
    assert "handbook" in asked["documents"][0]


def test_more_than_are_wanted_are_read(alice, storage, reranker):
    ready_document(alice, PAGES)
    assert pages(alice, k=1) == [(3, 0.5)]


def test_what_others_keep_is_not_sent(alice, bob, storage, reranker):
    ready_document(alice, PAGES)
    ready_document(bob, ["Vacation days of Bob are a secret."])
    pages(alice)
    assert "secret" not in json.dumps(reranker.asked)


def test_without_a_service_the_order_is_the_search_s_own(alice, storage):
    ready_document(alice, PAGES)
    assert [page for page, _ in pages(alice)] == [1, 3]


def build_reply(*results):
    return 200, json.dumps(
        {"results": [{"index": index, "relevance_score": score} for index, score in results]}
    )


@pytest.mark.parametrize(
    "answer",
    [
        (500, ""),
        (429, ""),
        (401, ""),
        ("slow", ""),
        (200, "no JSON"),
        (200, "{}"),
        build_reply((0, 1)),
        build_reply((0, 1), (0, 2)),
        build_reply((0, math.nan), (1, 2)),
        build_reply((0, math.inf), (1, 2)),
        build_reply((0, "x"), (1, 2)),
    ],
    ids=["500", "429", "401", "slow", "text", "empty", "few", "twice", "nan", "infinite", "word"],
)
def test_a_service_that_fails_leaves_the_order_as_it_was(
    alice, storage, reranker, settings, answer
):
    settings.RERANK_SECONDS = 0.5
    ready_document(alice, PAGES)
    reranker.answer = answer
    assert [page for page, _ in pages(alice)] == [1, 3]


@pytest.mark.parametrize(
    ("around", "index", "score"),
    [
        (lambda rows: rows, "index", "score"),
        (lambda rows: {"data": rows}, "index", "relevance_score"),
        (lambda rows: {"rankings": rows}, "index", "logit"),
        (lambda rows: {"output": {"results": rows}}, "index", "relevance_score"),
        (lambda rows: {"result": {"response": rows}}, "id", "score"),
    ],
    ids=["TEI", "Voyage", "NVIDIA", "DashScope", "Cloudflare"],
)
def test_scores_are_found_in_the_forms_of_other_services(
    alice, storage, reranker, around, index, score
):
    ready_document(alice, PAGES)
    rows = [{index: n, score: float(n)} for n in range(2)]
    reranker.answer = (200, json.dumps(around(rows)))
    assert [page for page, _ in pages(alice)] == [3, 1]


def test_a_service_that_is_not_there_costs_no_search(alice, storage, settings):
    settings.RERANK_BASE_URL = "http://127.0.0.1:1/v1"
    ready_document(alice, PAGES)
    assert [page for page, _ in pages(alice)] == [1, 3]


def test_the_lab_shows_what_it_said(admin_client, admin_user, storage, reranker):
    ready_document(admin_user, PAGES)
    first = pages(admin_user, find=explain)[0]
    assert (first.passage.page, first.relevance, first.lexical_rank) == (3, 0.5, 2)
    asked = {"query": QUESTION, "as_user": admin_user.pk, "k": 5, "mode": "lexical"}
    page = admin_client.get(reverse("admin:documents_collection_lab"), asked).content.decode()
    assert "Reranked" in page
