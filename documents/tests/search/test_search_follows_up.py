"""Questions that are understood only together with the one before."""

import pytest
from asgiref.sync import async_to_sync

from aiapp.llm.registry import close_clients
from documents.search import search
from documents.tests.library import HANDBOOK, PHYSICS, ready_document

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("embedding")]

# A question, what follows it, and the page that both are about.
FOLLOWED = [
    ("When are the laptops replaced?", "Why is that?", ("handbook.pdf", 2)),
    ("When does the cafeteria open?", "And what else?", ("handbook.pdf", 3)),
    ("How many days of vacation do I get?", "Is there more?", ("handbook.pdf", 1)),
    ("How fast is light?", "And in miles?", ("physics.pdf", 1)),
    ("Why does water boil at a lower temperature on mountains?", "How so?", ("physics.pdf", 2)),
]


def best(user, question, earlier, mode):

    async def once():
        found = await search(user, question, 1, mode=mode, earlier=earlier)
        await close_clients()
        return [(each.title, each.page) for each in found.passages]

    return async_to_sync(once)()


@pytest.mark.parametrize("mode", ["dense", "lexical", "hybrid"])
@pytest.mark.parametrize(("before", "question", "page"), FOLLOWED)
def test_a_question_of_few_words_is_searched_with_the_one_before(
    alice, mode, before, question, page
):
    ready_document(alice, HANDBOOK, title="handbook.pdf", embedded=True)
    ready_document(alice, PHYSICS, title="physics.pdf", embedded=True)
    assert best(alice, question, [before], mode) == [page]


@pytest.mark.parametrize("mode", ["dense", "hybrid"])
@pytest.mark.parametrize(("before", "question", "page"), FOLLOWED)
def test_a_question_that_says_what_it_means_is_searched_alone(alice, mode, before, question, page):
    ready_document(alice, HANDBOOK, title="handbook.pdf", embedded=True)
    ready_document(alice, PHYSICS, title="physics.pdf", embedded=True)
    for other, _, _ in FOLLOWED:
        if other != before:
            assert best(alice, before, [other], mode) == [page]
