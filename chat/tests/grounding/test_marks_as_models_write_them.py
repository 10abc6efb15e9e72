"""An answer whose citations are marked in another form than ours is one with citations."""

import re
from contextlib import aclosing

import pytest
from django.conf import settings
from django.test import AsyncClient
from openai.types.chat import ChatCompletion

from accounts.models import User
from aiapp.db import in_db
from chat import asking
from chat.conversations import exporting
from chat.log.events import Kind
from chat.openai_api.completions import Completion
from chat.reading import read_aloud
from chat.reading.page_stream import page_events
from chat.tests.conftest import entries, reload_turn, text_of
from chat.tests.grounding.test_citing import FERRY, HARBOUR, PASSAGES
from chat.tests.scripted_model import script_model
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.request import Question
from chat.turns.citations import check
from chat.turns.results import load_result
from documents.tests.library import ready_document

ANSWER = "Busan handled 24.4 million containers in 2024{first}. The ferry leaves at seven{second}."
FORMS = {
    "lenticular": ("【1】", "【2】"),
    "with source": (" 【1†source】", " 【2:0†report.pdf】"),
    "footnote": ("[^1]", "[^2]"),
    "named": (" [Source 1]", " [Passage 2]"),
    "parenthesis": (" (1)", " (2)"),
    "raised": ("¹", "²"),
    "Korean": (" [출처 1]", " [출처: 2]"),
    "full width": ("［１］", "［２］"),
}
RAW = re.compile(r"[【】［］†^¹²]|\(\d|Source|Passage|출처")


@pytest.fixture
def library(alice: User, settings, tmp_path) -> None:
    """Two passages that are found by their words."""
    settings.MEDIA_ROOT = tmp_path
    ready_document(alice, [HARBOUR, FERRY], title="Report.pdf")


async def ask_scripted(alice: User, settings, said: str, piece: int):
    async with script_model(settings, lambda _: said) as model:
        model.piece = piece
        return await ask(alice)


async def ask(alice: User):
    accepted = await asking.ask(
        alice,
        Question(
            "How many containers did the harbour of Busan handle, and when does the ferry leave?"
        ),
        await asking.choices(),
        follows=NewConversation(),
    )
    return await entries(accepted.turn), await reload_turn(accepted.turn)


def list_numbers(found) -> list[int]:
    """The numbers of the two passages, in the order of the answer's statements."""
    (passages,) = [entry.data for entry in found if entry.kind == Kind.PASSAGES]
    return [passage["n"] for page in (1, 2) for passage in passages if passage["page"] == page]


@pytest.mark.parametrize("form", FORMS)
def test_it_is_graded_as_with_marks_of_ours(form: str) -> None:
    first, second = FORMS[form]
    checked = check(ANSWER.format(first=first, second=second), PASSAGES)
    assert [(each.n, each.support) for each in checked.citations] == [
        (1, "supported"),
        (2, "supported"),
    ]


@pytest.mark.parametrize("form", FORMS)
async def test_what_is_told_and_kept_has_our_marks(alice, settings, library, form) -> None:
    first, second = FORMS[form]
    found, turn = await ask_scripted(alice, settings, ANSWER.format(first=first, second=second), 2)
    assert text_of(found) == turn.message.content == found[-1].data["content"]
    assert not RAW.search(turn.message.content)
    assert turn.message.content.replace(" [", "[") == ANSWER.format(first="[1]", second="[2]")
    for entry in found:
        if entry.kind == Kind.DELTA:
            assert not RAW.search(entry.data["text"])
    cited = {entry.data["n"]: entry.data for entry in found if entry.kind == Kind.CITATION}
    assert set(cited) == {1, 2}
    assert [cited[n]["page"] for n in list_numbers(found)] == [1, 2]


async def test_the_page_shows_them_as_links_and_never_raw(alice, settings, library) -> None:
    said = ANSWER.format(first=" 【1†source】", second=" [Source 2]")
    _, turn = await ask_scripted(alice, settings, said, 1)
    sent = b""
    async with aclosing(page_events(turn)) as events:
        async for event in events:
            sent += event
    page = sent.decode()
    assert page.count('class=\\"cite\\"') >= 2
    assert "†" not in page
    assert "[Source" not in page


async def test_programs_exports_and_voices_get_them_too(alice, settings, library) -> None:
    said = ANSWER.format(first=" 【1】", second=" (2)")
    found, turn = await ask_scripted(alice, settings, said, 3)
    completion = Completion(turn)
    for entry in found:
        completion.hear(entry)
    message = completion.build()["choices"][0]["message"]
    numbers = [each["document_citation"]["n"] for each in message["annotations"]]
    assert (numbers, message["content"]) == ([1, 2], turn.message.content)
    await check_as_strict_clients_do(completion, alice)
    conversation = await in_db(lambda: turn.message.conversation)
    exported = await in_db(exporting.export_markdown, conversation)
    assert "2024 [^2-1]." in exported
    assert "seven [^2-2]." in exported
    assert "1" not in read_aloud.words_of(turn.message.content).replace("24.4", "")


async def check_as_strict_clients_do(completion: Completion, reader: User) -> None:
    """pydantic-ai, LiteLLM and the AI SDK refuse an answer with a citation of a kind of its own."""
    answer = ChatCompletion.model_validate(completion.build())
    for cited in answer.choices[0].message.annotations or []:
        page = cited.url_citation
        text = answer.choices[0].message.content or ""
        assert text[page.start_index : page.end_index].startswith("[")
        assert page.title == "Report.pdf"
        site, path = page.url[: len(settings.SITE_URL)], page.url[len(settings.SITE_URL) :]
        assert site == settings.SITE_URL
        client = AsyncClient()
        await client.aforce_login(reader)
        shown = await client.get(path)
        assert shown.status_code == 200
        assert b"<mark" in shown.content


async def test_what_is_no_mark_is_told_as_it_is(alice, settings, library) -> None:
    said = (
        "Ways: (1) by sea, (2) by land, as in 2024 (2024), see equation (1).\n\n"
        "```py\na[1] = b[1-2]  # 【1】\n```\n\nAn area of 5 m² and `x【1】`."
    )
    found, turn = await ask_scripted(alice, settings, said, 2)
    assert text_of(found) == turn.message.content == said


async def test_citations_that_no_mark_leads_to_are_counted_from_one(
    alice, settings, library
) -> None:
    said = "The ferry to Jeju leaves every evening at seven from the eastern pier."
    found, turn = await ask_scripted(alice, settings, said, 0)
    cited = [entry.data for entry in found if entry.kind == Kind.CITATION]
    assert [(each["n"], each["page"]) for each in cited] == [(1, 2)]
    result = await in_db(load_result, turn)
    assert [each["n"] for each in result.citations] == [1]


async def test_a_kept_answer_without_marks_keeps_its_passages(alice, settings, library) -> None:
    settings.RESPONSE_CACHE_SECONDS = 60
    said = "The ferry to Jeju leaves every evening at seven from the eastern pier."
    async with script_model(settings, lambda _: said):
        for _ in range(2):
            found, _ = await ask(alice)
            cited = [entry.data for entry in found if entry.kind == Kind.CITATION]
            assert [(each["n"], each["page"]) for each in cited] == [(1, 2)]
    assert found[-1].data["cached"] is True
