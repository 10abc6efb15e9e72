"""Make question sets: from a file, by hand, or out of what people really asked.

A file is CSV with the columns `question`, `document`, `page` and `quote`, or JSON Lines with the
same names; the last two are optional. A document is named by its id or its title. Several lines
with one question are one question with several expected passages; a line without a document
says that there is no answer.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from aiapp.errors import InvalidInput
from documents.models import Document, ExpectedPassage, Question, QuestionSet

COLUMNS = ("question", "document", "page", "quote")
MAX_BYTES = 5 * 1024 * 1024
MAX_QUESTIONS = 2_000
MAX_CHARS = 2_000
# So many faults are told; who has more has the wrong file.
MAX_FAULTS = 50
_MAX_PAGE = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ExpectedAnswer:
    """The place of an answer, as far as it is known."""

    document: Document
    page: int | None = None
    quote: str = ""


@dataclass(slots=True)
class Row:
    """A line of a file, its number counted from 1."""

    line: int
    values: dict[str, str] = field(default_factory=dict)
    fault: str = ""


def add(question_set: QuestionSet, text: str, expected: Iterable[ExpectedAnswer] = ()) -> Question:
    """Add a question, or further expected passages to the one of the same words."""
    with transaction.atomic():
        question, _ = Question.objects.get_or_create(question_set=question_set, text=text)
        for each in expected:
            ExpectedPassage.objects.get_or_create(
                question=question, document=each.document, page=each.page, quote=each.quote
            )
    return question


def read_file(question_set: QuestionSet, name: str, data: bytes, among: QuerySet[Document]) -> int:
    """Add a file's questions, all of them or, with a fault in any line, none.

    Documents are looked for `among` those that the reader of the file may see. Returns how many
    questions the file has. Raises InvalidInput whose data lists the faults by line.
    """
    rows = list(_read_rows(name, _decode(data)))
    documents = _find_documents(among.filter(collection=question_set.collection_id), rows)
    faults = []
    for row in rows:
        row.fault = row.fault or _find_fault(row.values, documents)
        if row.fault:
            faults.append({"line": row.line, "reason": row.fault})
    questions = {row.values["question"] for row in rows if not row.fault}
    if not rows or len(questions) > MAX_QUESTIONS:
        raise InvalidInput(f"A file holds 1 to {MAX_QUESTIONS} questions.", code="row_count")
    if faults:
        raise InvalidInput(
            "Nothing was added, since some lines cannot be read.",
            code="invalid_rows",
            faults=faults[:MAX_FAULTS],
        )
    with transaction.atomic():
        for row in rows:
            add(question_set, row.values["question"], _build_expected(row.values, documents))
    return len(questions)


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise InvalidInput("The file is too large for a set of questions.", code="file_too_large")
    try:
        # Spreadsheets put a mark before the first character.
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("The file is not UTF-8 text. Save it as UTF-8.", code="encoding") from (
            error
        )
    if "\x00" in text:
        raise InvalidInput("The file is not a text file.", code="encoding")
    return text


def _read_rows(name: str, text: str) -> Iterator[Row]:
    return (
        _read_json_rows(text)
        if name.lower().endswith((".jsonl", ".ndjson"))
        else _read_csv_rows(text)
    )


def _read_json_rows(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield _read_json_row(number, line)


def _read_json_row(number: int, line: str) -> Row:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        # Also a number of thousands of digits, or thousands of brackets.
        reason = getattr(error, "msg", "it cannot be read")
        return Row(number, fault=f"this is not JSON: {reason}")
    if not isinstance(values, dict):
        return Row(number, fault="an object is wanted")
    return _build_row(number, values)


def _read_csv_rows(text: str) -> Iterator[Row]:
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=_guess_delimiter(text))
    if "question" not in (reader.fieldnames or []):
        raise InvalidInput(
            "The first line names the columns: question, document, page, quote.", code="columns"
        )
    try:
        for values in reader:
            if None in values:
                yield Row(reader.line_num, fault="there are more values than columns")
            else:
                yield _build_row(reader.line_num, values)
    except csv.Error as error:
        yield Row(reader.line_num, fault=f"this is not CSV: {error}")


def _guess_delimiter(text: str) -> str:
    """Spreadsheets of some countries write semicolons."""
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _build_row(number: int, values: Mapping[Any, Any]) -> Row:
    unknown = [str(name) for name in values if name not in COLUMNS]
    if unknown:
        return Row(number, fault=f"there is no column {', '.join(unknown)}")
    if any(isinstance(value, dict | list) for value in values.values()):
        return Row(number, fault="a value is a text or a number")
    texts = {name: str(values.get(name) or "").strip() for name in COLUMNS}
    return Row(number, texts)


def _find_documents(among: QuerySet[Document], rows: Iterable[Row]) -> dict[str, list[Document]]:
    """The documents that the rows name, by id and by title."""
    names = {row.values.get("document", "") for row in rows} - {""}
    ids = [found for name in names if (found := _parse_uuid(name))]
    known: dict[str, list[Document]] = {}
    for document in among.filter(Q(title__in=names) | Q(pk__in=ids)):
        known.setdefault(document.title, []).append(document)
        known[str(document.pk)] = [document]
    return known


def _parse_uuid(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


def _find_fault(values: Mapping[str, str], documents: Mapping[str, list[Document]]) -> str:
    """Return what is wrong with a line, or an empty text."""
    if not values["question"]:
        return "the question is missing"
    if len(values["question"]) > MAX_CHARS:
        return f"the question is longer than {MAX_CHARS} characters"
    if not values["document"]:
        extra = values["page"] or values["quote"]
        return "a page or a quote needs a document" if extra else ""
    return _find_document_fault(values["document"], documents) or _find_page_fault(values["page"])


def _find_document_fault(name: str, documents: Mapping[str, list[Document]]) -> str:
    found = documents.get(_key(name), [])
    if not found:
        return f"the collection has no document “{name}”"
    return f"several documents are called “{name}”; give its id" if len(found) > 1 else ""


def _find_page_fault(page: str) -> str:
    # Python itself refuses to read numbers of thousands of digits.
    is_number = page.isdecimal() and len(page) <= len(str(_MAX_PAGE))
    good = not page or (is_number and 0 < int(page) <= _MAX_PAGE)
    return "" if good else "the page is not a number from 1 on"


def _key(name: str) -> str:
    found = _parse_uuid(name)
    return str(found) if found else name


def _build_expected(
    values: Mapping[str, str], documents: Mapping[str, list[Document]]
) -> list[ExpectedAnswer]:
    if not values["document"]:
        return []
    page = int(values["page"]) if values["page"] else None
    return [ExpectedAnswer(documents[_key(values["document"])][0], page, values["quote"])]
