"""Titles and names are found by what they look like, and by whole words of any form."""

import random
import unicodedata

import pytest
from django.urls import reverse

from chat.conversations.conversations import create
from chat.conversations.search import find
from chat.models import Message, MessageWords
from chat.models.indexing import index_some
from documents.evaluation.runs import matches
from documents.models import Document, ExpectedPassage
from documents.tests.library import ready_document
from documents.text.lexemes import RECIPE
from documents.text.similarity import look

TITLES = [
    (unicodedata.normalize("NFD", "Résumé 수수료"), "résumé"),
    (unicodedata.normalize("NFD", "Résumé 수수료"), "수수료"),
    ("The ﬁrst quarter", "first"),
    ("Company’s “plan” – draft", 'company\'s "plan" - draft'),
    ("Para\u00adgraph\u200b one", "paragraph one"),
    ("ＦＵＬＬ　ｗｉｄｔｈ", "full width"),
    ("Article\u00a017", "article 17"),
    ("The O´Brien plan", "O'Brien"),
    ("The O'Brien plan", "O´Brien"),
    ("The O`Brien plan ¨", "O’Brien"),
]


@pytest.mark.parametrize(("title", "typed"), TITLES)
def test_the_palette_the_list_and_the_search_find_it(
    client, alice, settings, tmp_path, title, typed
):
    settings.MEDIA_ROOT = tmp_path
    ready_document(alice, ["Nothing."], title=title)
    client.force_login(alice)
    chat = create(alice, title)
    options = client.get(reverse("chat:options", args=["commands"]), {"q": typed}).content.decode()
    assert chat.get_absolute_url() in options
    listed = client.get(reverse("documents:list"), {"q": typed}).content.decode()
    assert str(Document.objects.get().pk) in listed
    assert [found.chat for found in find(alice, typed).hits] == [chat]


MESSAGES = [
    ("The “widgetry” of £731—fee", "widgetry"),
    ("The “widgetry” of £731—fee", "731"),
    ("trans\u00adparency ﬁrst", "transparency first"),
    (unicodedata.normalize("NFD", "항만 수수료"), "수수료"),
    ("Die Straße", "STRASSE"),
    ("an e-mail", "email"),
    ("mail by email", "e-mail"),
    ("the O´Brien case", "O'Brien"),
    ("the O'Brien case", "O´Brien"),
    ("une œuvre", "oeuvre"),
    ("हिन्दी रिपोर्ट", "रिपोर्ट"),
    ("vgl. S.723", "723"),
    ("Article\u00a017", "article 17"),
]


@pytest.mark.parametrize(("content", "typed"), MESSAGES)
def test_a_message_is_found_as_it_looks(alice, content, typed):
    chat = create(alice, "Title")
    Message.objects.create(conversation=chat, role="user", content=content)
    assert [found.chat for found in find(alice, typed).hits] == [chat]


def test_each_writer_of_messages_gives_them_their_words(alice):
    chat = create(alice, "Title")
    one = Message.objects.create(conversation=chat, role="user", content="“one”")
    (two,) = Message.objects.bulk_create(
        [Message(conversation=chat, role="user", content="“two”", parent=one)]
    )
    Message.objects.filter(pk=two.pk).update(content="“three”")
    one.content = "“four”"
    one.save()
    for typed, count in (("one", 0), ("two", 0), ("three", 1), ("four", 1)):
        assert len(find(alice, typed).hits) == count, typed
    assert set(MessageWords.objects.values_list("recipe", flat=True)) == {RECIPE}


def test_messages_of_an_older_release_get_theirs_in_the_background(alice):
    chat = create(alice, "Title")
    message = Message.objects.create(conversation=chat, role="user", content="“company” £500")
    MessageWords.objects.filter(message=message).update(recipe=1, words="'nothing':1")
    assert find(alice, "company").hits == []
    assert index_some() is False
    assert [found.chat for found in find(alice, "company").hits] == [chat]
    assert index_some() is False


def test_a_message_of_any_length_can_be_kept_and_is_found_by_its_beginning(alice):
    chat = create(alice, "Title")
    syllables = random.Random(7).choices([chr(code) for code in range(0xAC00, 0xD7A3)], k=100_000)
    text = f"widgetry {''.join(syllables)}"
    Message.objects.create(conversation=chat, role="user", content=text)
    assert [found.chat for found in find(alice, "widgetry").hits] == [chat]


def test_a_message_that_was_emptied_waits_for_nothing(alice):
    chat = create(alice, "Title")
    message = Message.objects.create(conversation=chat, role="user", content="one")
    Message.objects.filter(pk=message.pk).update(content="")
    index_some()
    assert not MessageWords.objects.filter(recipe__lt=RECIPE).exists()


def test_a_quote_that_is_expected_is_compared_as_it_looks():
    class Passage:
        document_id, page = 1, None
        text = "The ﬁrst trans\u00adpar\u00adency\nre\u0301port’s end"

    expected = ExpectedPassage(document_id=1, quote="first transparency réport's")
    assert matches(Passage, expected)


def test_an_empty_look_is_empty():
    assert look("\u200b \u00ad") == ""
