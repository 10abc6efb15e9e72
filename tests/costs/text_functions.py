"""The functions that read a text which somebody else wrote, by name, with how each is called.

Whoever writes another puts it in. `most` are the most seconds of CPU that 64 KB may take. Functions
of which many are not written here, since their texts are short by the time they come: user names,
titles and the like, which forms and schemas bound.
"""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any
from uuid import UUID

from aiapp.errors import AppError
from aiapp.llm import speech, tokens
from aiapp.llm.base import Inquiry, Prompt, Source
from aiapp.llm.errors import BadRequest
from aiapp.llm.providers.openai.adaptation import RequestAdapter
from aiapp.llm.providers.quotes import expecting, reading, selection, summing_up, wording
from aiapp.llm.refusals.meaning import interpret
from aiapp.llm.streams.arguments import settle_arguments
from aiapp.llm.streams.written_calls import CallReader
from aiapp.markdown import citations as marks
from aiapp.markdown import colours, rewriting
from aiapp.text import normal_form, questions, segments, synonyms
from aiapp.text.columns import Columns, complete_table, join_names
from chat.conversations import conversations, exporting
from chat.conversations import search as chat_search
from chat.grounding import grade, numbers, sentences, terms
from chat.grounding.contrast import bindings, claims, denials, measures, opposites
from chat.grounding.framing import asides, references
from chat.grounding.rows import Rows as RowsOfTable
from chat.guardrails import flagging, output, plain
from chat.importing import chatgpt, claude, files, grok, librechat
from chat.importing.activities import gemini, takeout
from chat.importing.programs import sillytavern
from chat.tools import calculator, calling, clock
from chat.tools.base import Tool
from chat.turns import citations, quoting
from documents import search
from documents.files import filenames, media_types
from documents.library.texts import Text
from documents.metadata.lines import parse_lines, write_lines
from documents.parsing import child, encodings, tables
from documents.parsing.parsers.mail import letters, sealed
from documents.parsing.parsers.mail.headers import decode_words
from documents.parsing.parsers.office.excel.number_formats import show
from documents.parsing.parsers.office.word import equations
from documents.parsing.parsers.text import calendars, csv, markup, structured, subtitles
from documents.parsing.parsers.text.plain import show_as_terminal
from documents.parsing.tabular import dates, markdown
from documents.parsing.tabular import numbers as tabular_numbers
from documents.search import Passage
from documents.search.answerability import lacks_year
from documents.text import blocks, chunking, headings, similarity, telling, words
from documents.text.sections import Sections

USUAL = 0.6
SLOW = 2.5
NOBODY = UUID(int=0)
# A letter in the envelope of its signature begins so.
_OF_ENVELOPES = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"
_ENVELOPE = _OF_ENVELOPES + b"\x02" + _OF_ENVELOPES + b"\x01\xa0\x80"
# What the check of citations keeps of texts that it has read.
KEPT = (
    terms._read_cached,
    bindings._read_segments,
    claims._find_duty,
    claims._find_level,
    claims._find_wholes,
    denials._read_clauses,
    measures._read_measures,
    opposites._find_korean_negated,
    opposites._split_letters,
)
SENTENCE = "Night work is not allowed before 6 a.m., and Dr. Marsh said the port never closes"


@dataclass(frozen=True, slots=True)
class Reader:
    name: str
    call: Callable[[str], object]
    most: float = USUAL


def all_readers() -> list[Reader]:
    return [
        Reader(*each)
        for rows in (_guards, _citations, _chat, _imports, _documents, _llm, _calls)
        for each in rows()
    ]


Rows = Iterator[tuple[Any, ...]]


def _guards() -> Rows:
    yield "chat.guardrails.flagging.flag", lambda text: flagging.flag(text, "question"), 1.0
    yield "chat.guardrails.plain.plain", plain.plain
    yield "chat.guardrails.plain.decode_base64", plain.decode_base64
    yield "chat.guardrails.plain.decode_tag_characters", plain.decode_tag_characters
    for size in (7, 1_000_000):

        def feed_filter(text: str, size: int = size) -> None:
            filter_ = output.Filter(["a secret of the site"], "0123456789abcdef")
            for start in range(0, len(text), size):
                filter_.feed(text[start : start + size])
            filter_.finish()

        yield f"chat.guardrails.output.Filter, {size:,} at once", feed_filter, SLOW


def _citations() -> Rows:
    def passages(*texts: str) -> list[Passage]:
        rest: dict[str, Any] = {
            "page": None,
            "start": 0,
            "end": 0,
            "similarity": None,
            "score": 0.0,
        }
        ids: dict[str, Any] = {"chunk_id": NOBODY, "version_id": NOBODY, "document_id": NOBODY}
        return [Passage(title="A title", text=text, **ids, **rest) for text in texts]

    given = passages(SENTENCE, "Something else.")
    marked = f"{SENTENCE} [1]. " * 20
    yield "chat.grounding.sentences.sentences", sentences.sentences
    yield "chat.grounding.framing.references.remove_frames", references.remove_frames
    yield "chat.grounding.framing.asides.states_nothing", asides.states_nothing
    yield "chat.grounding.framing.asides.remove_opening", asides.remove_opening
    yield (
        "chat.turns.quoting.locate_quotes",
        lambda text: quoting.locate_quotes(
            f"> {text} [1]", [{"n": 1, "start": 0, "quote": f"{text} {text}"}]
        ),
        SLOW,
    )
    yield "chat.turns.quoting.check", lambda text: quoting.check(f"> {text} [1]", passages(text))
    yield "chat.grounding.numbers.scan", lambda text: list(numbers.scan(words.plain(text)))
    yield "aiapp.markdown.citations.marks", lambda text: list(marks.marks(text))
    yield "aiapp.markdown.citations.remove_marks", marks.remove_marks
    for size in (7, 1_000_000):

        def rewrite(text: str, size: int = size) -> None:
            rewriter = rewriting.Rewriter(9)
            for start in range(0, len(text), size):
                rewriter.feed(text[start : start + size])
            rewriter.finish()

        yield f"aiapp.markdown.rewriting.Rewriter, {size:,} at once", rewrite, SLOW
    for name in ("python", "html", "bash", "sql"):
        yield f"aiapp.markdown.colours.colour, {name}", lambda t, name=name: colours.colour(t, name)
    for name, call, most in (
        ("chat.grounding.terms.terms", terms.terms, 1.0),
        ("chat.grounding.grade.judge, sentence", lambda t: grade.judge(t[:1000], SENTENCE), USUAL),
        ("chat.grounding.grade.judge, passage", lambda t: grade.judge(SENTENCE, t), SLOW),
        (
            "chat.grounding.rows.Rows, sentence",
            lambda t: RowsOfTable("| a | 1 |\n| b | 2 |").find(t[:1000], ()),
            USUAL,
        ),
        (
            "chat.grounding.rows.Rows, passage",
            lambda t: RowsOfTable(f"| a |\n|---|\n| {t} | 1 |\n| b | 2 |").mixes("a 1, b 2", ()),
            SLOW,
        ),
        ("chat.turns.citations.check, answer", lambda t: citations.check(t, given), 4.0),
        (
            "chat.turns.citations.check, marks",
            lambda t: citations.check(f"{t} [1][2].", given),
            4.0,
        ),
        (
            "chat.turns.citations.check, passage",
            lambda t: citations.check(marked, passages(t)),
            4.0,
        ),
        (
            "chat.turns.citations.check, both",
            lambda t: citations.check(f"{t} [1]", passages(t)),
            8.0,
        ),
    ):
        yield name, _afresh(call), most


def _afresh(call: Callable[[str], object]) -> Callable[[str], object]:
    """With nothing known of a text that was read before."""

    def read(text: str) -> None:
        for kept in KEPT:
            kept.cache_clear()
        call(text)

    return read


def _chat() -> Rows:
    tool = Tool("clock", "", "", clock.Arguments, clock.run)
    question = SENTENCE[: chat_search.QUERY_CHARS]

    def make_snippet(text: str) -> object:
        return chat_search.snippet(text, chat_search._pattern(question))

    def calculate(text: str) -> None:
        with _suppress_refusals():
            # As long as the tool's arguments may be.
            calculator.calculate(text[:1000])

    yield "chat.conversations.conversations.clean_title", conversations.clean_title
    yield "chat.conversations.search.snippet", make_snippet
    yield (
        "chat.conversations.exporting._convert_footnotes",
        lambda t: exporting._convert_footnotes(t, 1, {1}),
    )
    yield "chat.tools.calculator.calculate", calculate
    yield "chat.tools.calling.parse_arguments", lambda t: calling.parse_arguments(tool, t)


def _read_chats(data: str) -> None:
    with _suppress_refusals():
        for _ in files.conversations(io.BytesIO(data.encode("utf-8", "replace"))):
            pass


def _imports() -> Rows:
    def import_activity(text: str) -> None:
        html = [{"html": text}]
        gemini.read_activity({"header": "Gemini", "title": text, "safeHtmlItem": html})

    def import_message(text: str) -> None:
        reference = {"matched_text": text, "alt": text}
        metadata = {"content_references": [reference] * 5}
        content = {"content_type": "text", "parts": [text]}
        author = {"role": "assistant"}
        message = {"author": author, "content": content, "metadata": metadata}
        chatgpt.read_chat({"mapping": {"n": {"message": message}}})
        librechat.read_chat({"messages": [{"text": f":::artifact{{{text}\n:::thinking{text}"}]})
        grok.read_chat({"responses": [{"sender": "grok", "message": f"<grok:render{text}"}]})
        claude.read_chat({"chat_messages": [{"sender": "assistant", "text": text}]})

    page = f'<html>{takeout.BOX.decode()}title">Gemini<p body-1">'
    table = "Conversation,Time,Author,Message\n"
    yield "chat.importing.files, a title", lambda t: _read_chats(json.dumps([{"title": t}]))
    yield "chat.importing.files, damaged", lambda t: _read_chats(f"[{t}")
    yield "chat.importing.activities.gemini.read_activity", import_activity
    yield "chat.importing.activities.takeout.read_boxes", lambda t: _read_chats(f"{page}{t}")
    yield "chat.importing.activities.copilot.read_table", lambda t: _read_chats(f"{table}{t}")
    pairs = "id,prompt,response\n"
    yield "chat.importing.programs.pairs.read_table", lambda t: _read_chats(f"{pairs}{t}")
    yield "chat.importing.programs.pairs.START", lambda t: _read_chats(f"id,{t}")
    yield "chat.importing.programs.sillytavern.read_time", sillytavern.read_time
    yield "chat.importing, a message", import_message


def _read_columns(content: str) -> None:
    columns = Columns()
    for page in (content, content):
        columns.add_page(page)


def _documents() -> Rows:
    def detect_format(content: str) -> None:
        with _suppress_refusals():
            media_types.detect_format("a.txt", io.BytesIO(content.encode("utf-8", "surrogatepass")))

    def check_text(content: str) -> None:
        with _suppress_refusals():
            Text("1", content[:50_000], {"source": content}).check()

    def read_lines(content: str) -> None:
        for text in (content, "{" + content, content.replace(" ", ": [")):
            with _suppress_refusals():
                write_lines(parse_lines(text))

    def read_title(content: str) -> str:
        return Text("1", content, {}).title if content.strip() else ""

    def decode(content: str) -> str:
        return encodings.decode(content.encode("cp949", "replace"))

    # A character may become eighteen (NFKC).
    yield "tabular.markdown.find_text_tables", lambda t: list(markdown.find_text_tables(t))
    yield "tabular.markdown.count_rows", markdown.count_rows
    yield "tabular.numbers.read_number", lambda t: tabular_numbers.find_marks([t])
    yield "tabular.dates.read_date", lambda t: dates.find_orders([t])
    yield "documents.text.words.words", words.words, SLOW
    yield "documents.text.words.plain", words.plain
    yield "documents.text.words.spans", lambda t: list(words.spans(t))
    yield "documents.text.similarity.look", similarity.look
    yield "documents.text.words.lone_characters", words.lone_characters
    yield "documents.search.searchable", search.searchable
    yield "documents.text.telling.select_telling", telling.select_telling
    yield "documents.search.answerability.lacks_year", lambda text: lacks_year(text, [text])
    yield "documents.text.headings.build_heading", headings.build_heading
    yield "aiapp.text.columns.Columns", _read_columns
    yield "aiapp.text.columns.complete_table", lambda text: complete_table(f"|{text}", text)
    yield "aiapp.text.columns.join_names", lambda text: join_names(f"|{text}")
    yield "documents.text.sections.Sections", lambda t: Sections().add_page(t)
    yield "documents.text.chunking.spans", lambda t: list(chunking.spans(t, 1000, 200)), SLOW
    yield "documents.text.blocks.blocks", lambda t: blocks.blocks(t, (10, 1000))
    yield "documents.text.blocks.blocks_below", lambda t: blocks.blocks_below(t[:500], t)
    yield "documents.files.filenames.clean", filenames.clean
    yield "documents.files.media_types.detect_format", detect_format
    yield "documents.library.texts.Text.check", check_text
    yield "documents.library.texts.Text.title", read_title
    yield "documents.metadata.lines.parse_lines", read_lines
    yield "documents.parsing.encodings.decode", decode, SLOW
    yield (
        "documents.parsing.tables.format_table",
        lambda t: list(tables.format_table([["a"], t.split()])),
    )
    yield "documents.parsing.child.clean", child.clean
    yield "documents.parsing.parsers.text.csv", lambda t: list(csv.read_pages(t.encode(), 1)), SLOW
    yield "documents.parsing.parsers.text.calendars.show", calendars.show
    yield "documents.parsing.parsers.text.plain.show_as_terminal", show_as_terminal
    yield "documents.parsing.parsers.mail.headers.decode_words", decode_words
    yield "documents.parsing.parsers.text.structured.lay_out_json", structured.lay_out_json
    yield "documents.parsing.parsers.text.structured.lay_out_xml", structured.lay_out_xml
    yield "documents.parsing.parsers.text.markup.mark_rst", markup.mark_rst
    yield "documents.parsing.parsers.text.markup.mark_tex", markup.mark_tex
    yield (
        "documents.parsing.parsers.text.subtitles",
        lambda t: list(subtitles.read_pages(f"1:00 -->\n{t}".encode(), 1)),
    )
    yield (
        "documents.parsing.parsers.mail.letters",
        lambda t: list(letters.read_pages(t.encode(), 1)),
        SLOW,
    )
    yield "documents.parsing.parsers.office.excel.number_formats", lambda t: show(0.5, t)
    yield (
        "documents.parsing.parsers.office.word.equations",
        lambda t: equations.show(f"EQ {t}"),
    )
    yield (
        "documents.parsing.parsers.mail.sealed",
        lambda t: sealed.unwrap(_ENVELOPE + t.encode("utf-8", "surrogatepass")),
    )


def _calls() -> Rows:
    tools = [{"type": "function", "function": {"name": "weather"}}]

    def read(text: str, opening: str, size: int) -> None:
        text, reader = opening + text, CallReader(tools)
        for at in range(0, len(text), size):
            reader.feed(text[at : at + size])
        reader.finish()

    openings = ("", "<tool_call>", "[TOOL_CALLS]weather", "<function=weather>", '{"name"', "[")
    openings += ("<|tool_call>call:weather{", "[weather(city=", "```tool_code\n", "functools[")
    for opening, size in product(openings, (7, 100_000)):
        call = partial(read, opening=opening, size=size)
        yield f"aiapp.llm.streams.written_calls, {opening!r} by {size}", call
    for opening in ("", "{", "{'a':", "{a:"):
        settle = partial(_settle, opening)
        yield f"aiapp.llm.streams.arguments, {opening!r}", settle


def _settle(opening: str, text: str) -> None:
    settle_arguments({"arguments": opening + text, "last": ""}, {"city": {}})


def _llm() -> Rows:
    prompt = Prompt(
        "a-model",
        [{"role": "user", "content": "Hello"}],
        options={"temperature": 0.0, "max_tokens": 5},
    )

    def adapt(told: str) -> None:
        error = BadRequest()
        error.upstream_text = told
        RequestAdapter("http://example.com/v1", prompt).adapt(error)

    for status in (400, 404, 429, 500):
        yield (
            f"aiapp.llm.refusals.meaning.interpret, {status}",
            lambda t, status=status: interpret(status, {"retry-after": t}, t),
        )
    yield "aiapp.llm.providers.openai.adaptation", adapt
    yield "aiapp.text.segments.split", segments.split
    yield "aiapp.text.questions.split_questions", questions.split_questions
    yield "aiapp.text.synonyms.find_synonyms", synonyms.find_synonyms
    yield "aiapp.llm.providers.quotes.wording.escape", wording.escape
    yield "aiapp.llm.providers.quotes.expecting", lambda t: expecting.read_expectation(t)(t)

    def quote(text: str) -> None:
        inquiry = Inquiry(text[:500], (1,))
        read = reading.read_sources([Source(1, text[:300], text)])
        ranked = selection.rank_by_words(inquiry, read)
        selection.add_meaning(None, ranked, [])
        list(wording.write_answer(selection.select(ranked) if ranked else []))
        summing_up.choose(summing_up.rank_by_words(read), [])

    yield "aiapp.llm.providers.quotes", quote, SLOW
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        yield f"aiapp.text.normal_form, {form}", lambda t, form=form: normal_form.normalize(form, t)
    yield "aiapp.llm.speech.parts", lambda t: list(speech.parts(t))
    yield "aiapp.llm.tokens.estimate", tokens.estimate
    yield "aiapp.llm.tokens.shorten", lambda t: tokens.shorten(t, 1000)
    yield "aiapp.llm.tokens.count, estimated", lambda t: tokens.count(t, "a-model")
    for name in tokens.VOCABULARIES:
        yield f"aiapp.llm.tokens.count, {name}", _count_by(name)


def _count_by(name: str) -> Callable[[str], object]:
    """Count by a vocabulary, loaded with the first text; where it is not installed, estimate."""

    def count(text: str) -> object:
        counts = tokens.vocabulary(name)
        return counts(text) if counts else tokens.estimate(text)

    return count


def _suppress_refusals() -> Any:
    """Suppress the errors that a text may be refused with."""
    return suppress(AppError)
