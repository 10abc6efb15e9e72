"""`manage.py evaluate --answers`: answers over a set whose answers and places are known."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import User
from chat.evaluation import strings
from chat.turns import quoting
from documents.evaluation import library

PAGES = (
    "Contoso is led by Maria Lindqvist, its chief executive officer since May 2019.",
    "The cafeteria opens at eight and serves soup, bread and coffee until the afternoon.",
    "Laptops are replaced every three years; report a broken screen to the help desk.",
)
QUESTIONS = (
    {"id": "1", "text": "Who is the chief executive officer?", "answer": "Maria Lindqvist"},
    {"id": "2", "text": "How often are laptops replaced?", "answers": ["every 3 years"]},
    {"id": "3", "text": "Who won the chess olympiad in Tromsø?", "answerable": False},
)


@pytest.fixture(autouse=True)
def _embeddings(transactional_db: None, settings: Any, embedding_server: Any) -> None:
    settings.EMBEDDING_BASE_URL = embedding_server.base_url
    settings.EMBEDDING_API_KEY = embedding_server.key


def write_lines(path: Path, rows: Any) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def by_pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    rows = [
        {"id": f"r#{n}", "doc": "report", "page": n, "text": text}
        for n, text in enumerate(PAGES, 1)
    ]
    write_lines(folder / "corpus.jsonl", rows)
    write_lines(folder / "queries.jsonl", QUESTIONS)
    (folder / "qrels.tsv").write_text("query\tpage\tscore\n1\tr#1\t1\n2\tr#3\t1\n")
    return folder


@pytest.fixture
def by_characters(tmp_path: Path) -> Path:
    folder = tmp_path / "characters"
    folder.mkdir()
    text = "\n\n".join(PAGES)
    start = text.index("Laptops")
    span = {"start": start, "end": text.index(";", start)}
    write_lines(folder / "corpus.jsonl", [{"id": "report", "text": text}])
    question = {"id": "1", "text": "How often are laptops replaced?", "corpus_id": "report"}
    write_lines(folder / "queries.jsonl", [question | {"spans": [span]}])
    (folder / "qrels.tsv").write_text("query\tdocument\tscore\n1\treport\t1\n")
    return folder


def measure(folder: Path, *options: str) -> dict[str, float]:
    out = io.StringIO()
    call_command("evaluate", str(folder), *options, "--delete", stdout=out, stderr=io.StringIO())
    *_, names, values = out.getvalue().strip().splitlines()
    found = [name.strip() for name in names.split("  ") if name.strip()]
    return dict(zip(found, map(float, values.split()), strict=True))


def test_quotes_are_measured_by_their_pages_and_by_what_they_say(by_pages: Path) -> None:
    figures = measure(by_pages, "--answers")
    assert figures["right page"] == 1
    assert figures["passages"] <= 3
    assert (figures["recognised"], figures["falsely"]) == (1, 0)
    assert figures["contains"] == 0.5
    assert not User.objects.get(pk=library.evaluator().pk).has_usable_password()


def test_quotes_are_measured_by_their_characters(by_characters: Path) -> None:
    figures = measure(by_characters, "--answers", "quotes")
    sentence = next(page for page in PAGES if page.startswith("Laptops"))
    assert figures["span recall"] == 1
    assert figures["precision"] == pytest.approx(
        len(sentence.split(";")[0]) / figures["characters"], abs=0.001
    )


def test_the_answers_of_any_connected_model_are_measured(
    by_pages: Path, settings: Any, fake_model: str
) -> None:
    settings.CHAT_MODELS = ["says-Maria_Lindqvist_leads_Contoso_[1]."]
    figures = measure(by_pages, "--answers", settings.CHAT_MODELS[0], "--limit", "1")
    assert figures["contains"] == 1


@pytest.mark.parametrize(
    ("answer", "right", "found"),
    [
        ("It is the Maria Lindqvist era.", ["maria lindqvist"], 1),
        ("Marian Lindqvister", ["maria lindqvist"], 0),
        ("대표이사는 김서준 입니다", ["김서준"], 1),
    ],
)
def test_a_right_answer_is_found_by_its_words(answer: str, right: list[str], found: float) -> None:
    assert strings.contains(answer, right) == found


def test_numbers_are_compared_by_value_and_only_where_there_are_some() -> None:
    assert strings.has_numbers("about 1,204 people in 2023", ["1204"]) == 1
    assert strings.has_numbers("about 1,204 people", ["1204 in 2023"]) == 0
    assert strings.has_numbers("two", ["two"]) is None


def test_a_quote_is_found_again_whatever_signs_had_to_be_escaped() -> None:
    text = "Rates rose by 5*2 <b> and [x] in `May`.\n| Site | Staff |\n| Porto | 377 |"
    first = "> Rates rose by 5\\*2 \\<b\\> and [x\\] in \\`May\\`. [1]"
    answer = f"**a**\n\n{first}\n\n> | Porto | 377 | [1]\n"
    cited = {"n": 1, "quote": text, "start": 100}
    places = [(start, end) for _, start, end in quoting.locate_quotes(answer, [cited])]
    assert [text[start - 100 : end - 100] for start, end in places] == [
        "Rates rose by 5*2 <b> and [x] in `May`.",
        "Porto | 377",
    ]
