"""Articles and books in XML (JATS, DocBook, TEI), and notes of Git LFS in the place of files."""

import io

import pytest

from aiapp.errors import UnsupportedType
from documents.files.media_types import detect_format
from documents.tests import files

ARTICLE = """<?xml version="1.0"?>
<article article-type="research-article" dtd-version="1.2"><front><article-meta><title-group>
<article-title>Growth of <italic>E. coli</italic></article-title></title-group><contrib-group>
<contrib><name><surname>Byron</surname><given-names>Ada</given-names></name></contrib>
</contrib-group><abstract><p>We counted 10<sup>6</sup> cells.</p></abstract></article-meta></front>
<body><sec><title>Methods</title><p>We <bold>waited</bold>.</p><sec><title>Media</title>
<list><list-item><p>Agar</p></list-item><list-item><p>Broth</p></list-item></list></sec></sec>
<sec><title>Results</title><table-wrap><caption><p>Cells by day</p></caption><table><tr><th>Day</th>
<th>Cells</th></tr><tr><td>1</td><td>5,000</td></tr></table></table-wrap></sec></body>
<back><ref-list><title>References</title><ref><mixed-citation>Curie M. On <italic>salts</italic>.
</mixed-citation></ref></ref-list></back></article>"""
BOOK = """<book xmlns="http://docbook.org/ns/docbook"><info><title>The Pump</title></info>
<chapter><title>Setting up</title><para>Run this: <programlisting>pump --start
pump --check</programlisting> and wait.</para><section><title>Valves</title><itemizedlist>
<listitem><para>Open one.</para></listitem></itemizedlist><informaltable><tgroup cols="2"><thead>
<row><entry>Valve</entry><entry>Bar</entry></row></thead><tbody><row><entry>A</entry>
<entry>7</entry></row></tbody></tgroup></informaltable></section></chapter></book>"""
LETTERS = """<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt>
<title>Letters of a miller</title></titleStmt></fileDesc></teiHeader><text><body><div>
<head>To his sister</head><p>The <hi rend="italic">mill</hi> stands.</p><lg><l>It turns,</l>
<l>it grinds.</l></lg></div></body></text></TEI>"""
POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    f"oid sha256:{'4d7a' * 16}\n"
    "size 12345\n"
)  # fmt: skip


def test_an_article_has_its_headings_lists_and_tables(read):
    (text,), _ = read(".xml", ARTICLE)
    assert text.split("\n\n") == [
        "# Growth of E. coli",
        "Byron Ada",
        "We counted 10^6 cells.",
        "## Methods",
        "We waited.",
        "### Media",
        "- Agar",
        "- Broth",
        "## Results",
        "Cells by day",
        "| Day | Cells |\n| --- | --- |\n| 1 | 5,000 |",
        "## References",
        "- Curie M. On salts.",
    ]


def test_a_book_has_its_chapters_and_programs(read):
    (text,), _ = read(".xml", BOOK)
    assert text.split("\n\n") == [
        "# The Pump",
        "## Setting up",
        "Run this:",
        "```\npump --start\npump --check\n```",
        "and wait.",
        "### Valves",
        "- Open one.",
        "| Valve | Bar |\n| --- | --- |\n| A | 7 |",
    ]


def test_letters_have_their_heads_and_lines(read):
    (text,), _ = read(".xml", LETTERS)
    assert text.split("\n\n") == [
        "# Letters of a miller",
        "## To his sister",
        "The mill stands.",
        "It turns,",
        "it grinds.",
    ]


def test_other_xml_stays_as_it_is(read):
    order = (
        '<order><title>Lamp</title><note xmlns:d="http://docbook.org/ns/docbook">x</note></order>'
    )
    for text in (order, BOOK[:300]):
        assert read(".xml", text)[0] == [text]


@pytest.mark.parametrize("name", ["report.pdf", "data.csv", "notes.md", "report.v2"])
def test_a_pointer_of_git_lfs_is_told_and_not_read_as_a_text(name):
    with pytest.raises(UnsupportedType, match="git lfs pull") as refused:
        detect_format(name, io.BytesIO(POINTER.encode()))
    assert refused.value.reason == "lfs_pointer"


def test_a_pointer_in_an_archive_is_said_not_to_be_read(read):
    texts, notes = read(".zip", files.archive({"a.md": "Some text.", "b.md": POINTER}))
    assert "Some text." in texts[0]
    assert "git-lfs" not in str(texts)
    assert notes["entry_unread"]["name"] == "b.md"


def test_a_text_about_pointers_is_a_text():
    text = f"Each begins so:\n{POINTER}".encode()
    assert detect_format("notes.md", io.BytesIO(text)).media_type == "text/markdown"
