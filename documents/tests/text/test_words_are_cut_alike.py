"""Words that look alike are found alike, and in every database."""

import unicodedata
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from aiapp.db import in_db
from documents.ingest.reindexing import rederive_some
from documents.models import Chunk
from documents.search import search
from documents.tests.library import ready_document
from documents.text.highlighting import mark_words
from documents.text.lexemes import lexemes, vector_sql
from documents.text.words import plain, words
from tests.costs import growth
from tests.costs.hostile_texts import Hostile

# Of CPU, for 64 KB.
MAX_SECONDS = 0.6

# What stands in a document, what is asked, and in turn.
ALIKE = [
    ("The “widgetry” of the firm", "widgetry"),
    ("«widgetry» or ‚widgetry‘", "widgetry"),
    ("costs £731 a year", "731"),
    ("costs €732.50", "732.50"),
    ("the rate—fee ratio", "fee"),
    ("see Article\u00a0717 below", "article 717"),
    ("see §718 and ¶719…", "718"),
    ("30\u202f°C·m at 20×40", "40"),
    ("a wombat’s burrow", "wombat's"),
    ("l’ornithologue", "ornithologue"),
    ("cafe\u0301 zu\u0308rcher", "café zürcher"),
    ("the ﬁnest ﬂuﬀ", "finest fluff"),
    ("ＦＵＬＬＷＩＤＴＨ ７２１", "fullwidth 721"),
    ("trans\u00adpar\u00adency", "transparency"),
    ("trans-\nplanted", "transplanted"),
    ("trans\u00ad\nmitted", "transmitted"),
    ("zero\u200bwidthness \u200freversed\u200e", "zerowidthness reversed"),
    ("Die Straße", "STRASSE"),
    ("İzmir ılıman", "izmir iliman"),
    ("ΛΟΓΟΣ", "λόγοσ λογος"),
    ("co\u2011operative", "co-operative"),
    ("an e-mail", "email"),
    ("the U.S. treasury", "US"),
    ("population 1,234,567", "1234567"),
    ("population 1\u202f234\u202f568", "1,234,568"),
    ("population 1'234'569", "1234569"),
    ("price 4.500", "4500"),
    ("page ١٢٣٤", "1234"),
    ("قال أحمد إنه الآن هنا", "احمد الان"),
    ("عن ٱلرحمن", "الرحمن"),
    ("profits¹ rose", "profits"),
    ("Acme™ tools", "acme"),
    ("CO₂ levels", "CO2"),
    (unicodedata.normalize("NFD", "항만 수수료"), "수수료"),
    ("ｶﾞｿﾘﾝ", "ガソリン"),
    ("une œuvre d’art", "oeuvre"),
    ("Ægean waters", "aegean"),
    ("the O´Donnellys", "O'Donnellys"),
    ("see p.723 and S.7", "723"),
    ("vgl. S.7, p.8", "8"),
    ("costs 724,00 EUR", "724"),
    ("costs 1.725,00 EUR", "1725"),
    ("prix 1 726,50", "1.726,50"),
    ("population 3 727 000", "3727000"),
    ("le 731º étage", "731"),
    ("trans\u00ad\r\nported", "transported"),
    ("trans¬\nformed", "transformed"),
    ("住所は東\n京都です", "東京"),
    ("협상은 항만수\n수료율", "수수"),
    ("ΤΗΛΕΦΩΝΟ", "τηλέφωνο"),
    ("зелёный", "зеленый"),
    ("كتاب الطبي", "کتاب الطبی"),
    ("مُحَمَّد", "محمد"),
    ("שָׁלוֹם", "שלום"),
    ("ﻻ ﻣﺜﺎل", "لا مثال"),
    # Scripts that put no spaces between words, and what they write within those.
    ("เอกสารภาษาไทยฉบับนี้", "ภาษาไทย"),
    ("ราคาสินค้าลดลง", "สินค้า"),
    ("ค่าปรับ๗๓๓บาทต่อวัน", "733"),
    ("ພາສາລາວງ່າຍ", "ລາວ"),
    ("រៀនភាសាខ្មែរថ្ងៃនេះ", "ភាសាខ្មែរ"),
    ("မြန်မာဘာသာစကား", "ဘာသာ"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_what_looks_alike_has_words_in_common(one: str, other: str) -> None:
    assert set(words(one)) & set(words(other))


async def test_a_single_consonant_with_its_vowels_is_found_as_a_beginning(
    transactional_db, alice, storage
) -> None:
    await in_db(ready_document, alice, ["ซื้อน้ำดื่มบรรจุขวด"], title="Zzz.pdf")
    await in_db(rederive_some)
    assert len((await search(alice, "น้ำ", mode="lexical")).passages) == 1


def test_a_sentence_without_spaces_is_no_word_without_end() -> None:
    assert words("ราคา" * 500)[:3] == ["ราคา", "คารา", "ราคา"]


async def test_what_looks_alike_is_found(transactional_db, alice, storage) -> None:
    pages = [one for one, _ in ALIKE] + [other for _, other in ALIKE]
    await in_db(ready_document, alice, pages, title="Zzz.pdf")
    await in_db(rederive_some)
    for at, (one, other) in enumerate(ALIKE):
        for asked in (one, other):
            found = await search(alice, asked, 20, mode="lexical")
            assert {at + 1, len(ALIKE) + at + 1} <= {p.page for p in found.passages}, asked


async def test_a_passage_found_is_the_text_as_it_stands(transactional_db, alice, storage) -> None:
    text = "The ﬁrst trans\u00adpar\u00adency “re\u0301port”"
    await in_db(ready_document, alice, [text], title="Zzz.pdf")
    await in_db(rederive_some)
    (found,) = (await search(alice, "transparency", mode="lexical")).passages
    assert (found.text, found.start, found.end) == (text, 0, len(text))


@pytest.mark.parametrize(
    ("text", "query", "shown"),
    [
        ("The “company” said", "company", ["company"]),
        ("trans\u00adparency here", "transparency", ["trans\u00adparency"]),
        ("the trans-\nplanted tree", "transplanted", ["trans-\nplanted"]),
        ("an e-mail came", "email", ["e-mail"]),
        ("the mail came by e-mail", "mail", ["mail", "mail"]),
        ("a cafe\u0301 there", "café", ["cafe\u0301"]),
        ("ﬁnest of all", "finest", ["ﬁnest"]),
        ("paid 1'600 francs", "1600", ["1'600"]),
        ("Article\u00a017", "17", ["17"]),
        ("une œuvre", "oeuvre", ["œuvre"]),
        ("O´Brien", "brien", ["Brien"]),
        ("trans¬\nformed", "transformed", ["trans¬\nformed"]),
        (unicodedata.normalize("NFD", "항만 수수료"), "수수료",
         [unicodedata.normalize("NFD", "수수료")]),
        ("เอกสารภาษาไทยฉบับนี้", "ภาษาไทย", ["ภาษาไทย"]),
    ],
)  # fmt: skip
def test_what_was_found_is_marked_as_it_stands(db, text, query, shown) -> None:
    (runs,) = mark_words([text], query)
    assert "".join(run for run, _ in runs) == text
    assert [run for run, is_marked in runs if is_marked] == shown


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("infor\u00admation", "information"),
        ("infor\u00ad\nmation", "information"),
        ("infor\n\u00ad\nmation", "information"),
        ("a\u200bb\u2060c\ufeff", "abc"),
        ("ﬁ ＡＢ e\u0301", "fi AB é"),
        ("line\nline", "line\nline"),
        ("O´Brien", "O’Brien"),
        ("p ¬ q", "p ¬ q"),
    ],
)
def test_a_text_as_it_looks(text: str, looks: str) -> None:
    assert plain(text) == looks


ALPHABETS = ["a", "a-", "1,", "1.", "1'", "- ", "-\n", "é", "\u00ad", "\u00ad \n", "휴", "²", "a."]


@pytest.mark.parametrize(
    "alphabet", [*ALPHABETS, "1\u00a0", "1 111 ", "東\n", "´", "¬\n", "1,111", "\u0301", "𝒳", " "]
)
def test_the_time_is_linear_in_the_length(alphabet: str) -> None:
    assert growth.measure(words, Hostile("", alphabet).make, MAX_SECONDS).fault == ""


# A letter, mark, digit and sign of every hundredth place, and what the locales take apart.
CORPUS = [
    *(one for one, _ in ALIKE),
    *(
        " ".join(f"a{chr(code)}b {chr(code)}" for code in range(start, start + 400, 3))
        for start in (*range(0x80, 0xD000, 400), *range(0xF900, 0xFFD0, 400), 0x10400, 0x1F300)
    ),
    "running runners ran; state-of-the-art http://x.org/a?b=1 <b>bold</b> &amp; a@b.org 1e5 -7",
]
LOCALES = [
    ("libc", "C"),
    ("libc", "C.UTF-8"),
    ("libc", "en_US.UTF-8"),
    ("builtin", "C"),
    ("builtin", "C.UTF-8"),
    ("icu", "en"),
]


def _vectors(raw: psycopg.Connection) -> list[tuple[str, str]]:
    """The words as we keep them, and as PostgreSQL cuts them itself."""
    return [
        raw.execute(
            f"SELECT {vector_sql('%s::text[]')}::text, to_tsvector('english', %s)::text",
            [words(text), text],
        ).fetchone()
        for text in CORPUS
    ]


@pytest.fixture
def databases(db) -> Iterator[dict[tuple[str, str], psycopg.Connection]]:
    """A database of each locale that this server and this machine have."""
    made: dict[tuple[str, str], psycopg.Connection] = {}
    names = []
    values = connection.get_connection_params()
    values = {k: v for k, v in values.items() if k in {"host", "port", "user", "password"}}
    with psycopg.connect(**values, dbname="postgres", autocommit=True) as server:
        for provider, locale in LOCALES:
            name = f"test_words_{uuid4().hex[:12]}"
            try:
                server.execute(_creation(name, provider, locale))
            except psycopg.Error:
                continue
            names.append(name)
            made[provider, locale] = psycopg.connect(**values, dbname=name, autocommit=True)
        yield made
        for raw in made.values():
            raw.close()
        for name in names:
            server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def _creation(name: str, provider: str, locale: str) -> sql.Composed:
    own = {"libc": "LOCALE {}", "builtin": "BUILTIN_LOCALE {} LOCALE 'C'"}
    clause = sql.SQL(own.get(provider, "ICU_LOCALE {} LOCALE 'C'")).format(sql.Literal(locale))
    return sql.SQL(
        "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER {} {}"
    ).format(sql.Identifier(name), sql.SQL(provider), clause)


def test_every_database_keeps_the_same_words(databases) -> None:
    vectors = {locale: _vectors(raw) for locale, raw in databases.items()}
    connection.ensure_connection()
    vectors["this", ""] = _vectors(connection.connection)
    assert len(vectors) > 1
    first, *others = ([own for own, _ in found] for found in vectors.values())
    for other in others:
        assert other == first
    if ("libc", "C.UTF-8") in vectors:
        # So the locales do differ: what PostgreSQL cuts by itself is not the same.
        assert vectors["libc", "C"] != vectors["libc", "C.UTF-8"]


def test_a_word_without_end_is_left_out(db) -> None:
    assert lexemes(f"short {'x' * 5_000} end") == ["end", "short"]


def test_a_text_of_many_words_can_be_kept(db, alice, storage) -> None:
    document = ready_document(alice, [" ".join(f"w{n}" for n in range(20_000))], title="Zzz.pdf")
    rederive_some()
    assert Chunk.objects.filter(version__document=document).exists()
    assert len(lexemes(" ".join(f"w{n}" for n in range(20_000)))) == 20_000
