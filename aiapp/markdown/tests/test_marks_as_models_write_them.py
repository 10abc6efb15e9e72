"""Marks of citations in other forms than ours, and what only looks like them."""

from random import Random

import pytest

from aiapp.markdown import render
from aiapp.markdown.citations import marks, remove_marks
from aiapp.markdown.rewriting import Rewriter, rewrite
from tests.costs import growth
from tests.costs.hostile_texts import Hostile

# Of CPU, for 64 KB.
MAX_SECONDS = 1.0

MARKS = [
    ("The fee is 5【1】.", "The fee is 5[1]."),
    ("The fee is 5 【1†source】.", "The fee is 5 [1]."),
    ("so 【1:0†handbook.pdf】.", "so [1]."),
    ("so 【2†L10-L15】【3】", "so [2][3]"),
    ("so ［１］.", "so [1]."),
    ("so〔2〕.", "so[2]."),
    ("so [^1].", "so [1]."),
    ("so [^1][^2] and", "so [1][2] and"),
    ("so [Source 1].", "so [1]."),
    ("so [source: 2].", "so [2]."),
    ("so [Sources: 1, 3].", "so [1][3]."),
    ("so [Source 1, Source 2].", "so [1][2]."),
    ("so [Passage 2, page 7].", "so [2]."),
    ("so [Source 1: Handbook.pdf].", "so [1]."),
    ("so [doc 1] [doc2]", "so [1] [2]"),
    ("so [citation:1][citation:3].", "so [1][3]."),
    ("so [cite: 1, 2].", "so [1][2]."),
    ("[cite_start]The fee is 5 [cite: 1].", "The fee is 5 [1]."),
    ("* [cite_start]**Fee**: 5[cite: 1]\n* [cite_start]x", "* **Fee**: 5[1]\n* x"),
    ("so [Ref. 1].", "so [1]."),
    ("요금은 오릅니다 [출처 1].", "요금은 오릅니다 [1]."),
    ("요금은 오릅니다 (출처: 2).", "요금은 오릅니다 [2]."),
    ("요금은 오릅니다(1).", "요금은 오릅니다[1]."),
    ("价格上涨【出典1】。", "价格上涨[1]。"),
    ("so [Quelle 3].", "so [3]."),
    ("so [1-3].", "so [1][2][3]."),
    ("so [1–2]", "so [1][2]"),
    ("so [1; 2] and [1 and 3]", "so [1][2] and [1][3]"),
    ("so [1, p. 3].", "so [1]."),
    ("so [ 1 ] and [#2]", "so [1] and [2]"),
    ("so [[1]].", "so [1]."),
    (r"so \[1\].", "so [1]."),
    ("so <sup>1</sup> and <sup>[2]</sup>.", "so [1] and [2]."),
    ("fees rise¹.", "fees rise[1]."),
    ("They rise.² Then", "They rise.[2] Then"),
    ("It rose in 2024¹ again.", "It rose in 2024[1] again."),
    ("It rose in 2024 (1).", "It rose in 2024 [1]."),
    ("It leaves at seven (2).", "It leaves at seven [2]."),
    ("It is 40 % (3).", "It is 40 % [3]."),
    ("fees rise¹,³ here", "fees rise[1][3] here"),
    ("The fee is 40 euros (1).", "The fee is 40 euros [1]."),
    ("The fee rose (1) and the term fell (2).", "The fee rose [1] and the term fell [2]."),
    ("The fee is 40 euros. (1)", "The fee is 40 euros. [1]"),
    ("so (Source 1).", "so [1]."),
    ("**so【1】**", "**so[1]**"),
    ("| fee | 5 【2】 |", "| fee | 5 [2] |"),
    ("- fee 【1】\n- term 【2】", "- fee [1]\n- term [2]"),
    ("`code` and 【1】", "`code` and [1]"),
    ("```\ncode 【1】\n```\nso 【1】", "```\ncode 【1】\n```\nso [1]"),
    (
        "[a link](https://a.example/x) 【1】 (so) 【2】",
        "[a link](https://a.example/x) [1] (so) [2]",
    ),
    ("It costs $ 5 【1】 or $ 6 【2】.", "It costs $ 5 [1] or $ 6 [2]."),
    ("$x$ and \\(y\\) 【1】", "$x$ and \\(y\\) [1]"),
    ("It costs $5 【1】 or $6 【2】.", "It costs $5 [1] or $6 [2]."),
    ("The fee rises (1)(2).", "The fee rises [1][2]."),
    ("The fee rises (1) (2).", "The fee rises [1] [2]."),
    ("The fee rises (see Source 1).", "The fee rises [1]."),
    ("so (cf. Sources 1 and 2)", "so [1][2]"),
    ("so [Search result 2] [vgl. Quelle 1]", "so [2] [1]"),
    ("The fee rises^1.", "The fee rises[1]."),
    ("The fee rises^1^ and", "The fee rises[1] and"),
    ("The fee rises ^[1].", "The fee rises [1]."),
    ("The fee rises^[1, 2]^.", "The fee rises[1][2]."),
    ("fees rise ¹ ²", "fees rise [1] [2]"),
    ("so [Source no. 1] [source_2] [Source ID: 3]", "so [1] [2] [3]"),
    ("```\r\n[^1]\r\n```\r\nfees rise (1)\r\n", "```\r\n[^1]\r\n```\r\nfees rise [1]\r\n"),
    ("so [File 1] [Result 2]", "so [1] [2]"),
    ("so [Sources 1 to 3]", "so [1][2][3]"),
    ("so [1, 2, and 3]", "so [1][2][3]"),
    ("so [Source 1 - Handbook] [Source 2 (Annex)]", "so [1] [2]"),
    # No source is lost behind the name or the page of another.
    ("so [Source 1, p. 3; Source 2, p. 5]", "so [1][2]"),
    ("so [Source 1: Handbook, Source 2: Annex]", "so [1][2]"),
    ("so [1, p. 3; 2, p. 5] [1 p. 3]", "so [1][2] [1]"),
    ("so <sup>[1][2]</sup> <sup>(3)</sup> <sup>1, 2</sup>", "so [1][2] [3] [1][2]"),
    ("fees rise<sup>1</sup>.", "fees rise[1]."),
    ("料金です[１]。", "料金です[1]。"),
    ("料金です〖資料１〗。", "料金です[1]。"),
    ("요금 [출처 1번]", "요금 [1]"),
    ("शुल्क [स्रोत 1] ค่า [แหล่งที่มา 2] رسم [المصدر 3]", "शुल्क [1] ค่า [2] رسم [3]"),
    ("Ücret [Kaynak 1], phí [Nguồn 2], so [Dokument 3]", "Ücret [1], phí [2], so [3]"),
    ("מחיר [מקור 1], ціна [Джерело 2], τιμή [Πηγή 3]", "מחיר [1], ціна [2], τιμή [3]"),
    ("pris [Kilde 1], ár [Sursa 2], দাম [উৎস 3]", "pris [1], ár [2], দাম [3]"),
    ("so [^1^] and [^2^][^3^]", "so [1] and [2][3]"),
    (
        "料金です[ソース1]。费用上涨[出处 2]，費用上漲[出處1]。",
        "料金です[1]。费用上涨[2]，費用上漲[1]。",
    ),
    ("料金です[出典1・2]。", "料金です[1][2]。"),
    ("so [1](#source-1) and [2](#)", "so [1] and [2]"),
    # What a note says.
    (
        "so [^1].\n\n[^1]: The handbook\n[^2]: Annex, p. 3",
        "so [1].\n\n- [1] The handbook\n- [2] Annex, p. 3",
    ),
    # Where in the source it stands, in many languages, and what the source is called.
    ("so [1, Section 4.2] [2, §4] [3, lines 3-5]", "so [1] [2] [3]"),
    ("so [1, L3-L5] [2, Table 2] [3 (p. 3)]", "so [1] [2] [3]"),
    ("so [1, página 3] [2, стр. 4] [3, Abschnitt 2]", "so [1] [2] [3]"),
    ("so [1, Handbook.pdf] [2: annex.docx, p. 3] [3 - Q3 report.xlsx]", "so [1] [2] [3]"),
    ("so [Source: Document 1] [출처: 문서 2] [Source:3|Handbook]", "so [1] [2] [3]"),
    ("so [ID:1][source_id: 2] [doc_id 3]", "so [1][2] [3]"),
    ("so [#1, #2] [@3] [1 и 2] [출처 1과 2]", "so [1][2] [3] [1][2] [1][2]"),
    ("so [1,2,] and [3.]", "so [1][2] and [3]"),
    ("so (1†source).", "so [1]."),
    ("料金です「出典1」。『資料 2』《来源3》", "料金です[1]。[2][3]"),
    ("fees rise[¹][²].", "fees rise[1][2]."),
    # A row of them.
    ("[1]-[3].", "[1][2][3]."),
    ("so 【1】–【3】 and [1]~[2].", "so [1][2][3] and [1][2]."),
    # Numbers in circles.
    ("요금은 오릅니다①. 기간은 내려갑니다②③.", "요금은 오릅니다[1]. 기간은 내려갑니다[2][3]."),
    ("料金は上がります①。", "料金は上がります[1]。"),
    # Elements and commands.
    ("so <source_id>1</source_id>, <source>2</source>.", "so [1], [2]."),
    ("so <ref>[1]</ref> <cite>2</cite> <citation>[3]</citation>", "so [1] [2] [3]"),
    ('so <source id="1"/>, <ref id=2></ref>.', "so [1], [2]."),
    ('rise<sup><a href="#1">1</a></sup> and rise<sup class="x">2</sup>', "rise[1] and rise[2]"),
    ("so <co: 1,2>the fee is 5</co: 1,2>.", "so the fee is 5[1][2]."),
    ('<cite index="1-3,2-1:4">The fee is 5</cite>. So', "The fee is 5[1][2]. So"),
    ('<cite index="9-1">The fee</cite> <co: 9>is</co: 9> 5', "The fee is 5"),
    ('so <cite index="2-1">the fee', "so the fee[2]"),
    (r"so \cite{1} and \citep{2,3}.", "so [1] and [2][3]."),
    (
        r"fees rise\textsuperscript{1}, terms fall$^{2}$, so$^{[1,3]}$",
        "fees rise[1], terms fall[2], so[1][3]",
    ),
    ("so {cite:1} and {{citation: 2}}", "so [1] and [2]"),
    ("so ##1$$ ##2$$ and $5", "so [1] [2] and $5"),
    # What names sources of a vendor's own is nobody's.
    ("so \ue200cite\ue202turn0search0\ue202turn0news1\ue201.", "so ."),
    ('in \ue200entity\ue202["city","Paris","capital"]\ue201 so', "in Paris so"),
    ("so citeturn0search0turn1view3, fileciteturn0file1 too", "so , too"),
    ("so 【turn0search1】 and 【9†source】【2†L1-L3】", "so  and[2]"),
    ("so [turn0search1, turn0search2].", "so ."),
    (
        'so <grok:render card_id="a1"><argument name="citation_id">1</argument></grok:render>.',
        "so .",
    ),
]
TEXTS = [
    "so [1] and [2, 3].",
    "(1) first\n(2) second (1).",
    "There are two reasons: (1) price, (2) quality.",
    "(2019) was a year, and so was 2020 (2020).",
    "This follows from equation (1).",
    "This follows from Eq. (2).",
    "See Article 5 (1).",
    "See § 5 (1).",
    "within thirty (3) days",
    "There are two (2).",
    "net loss was (3).",
    "| loss | (3) |",
    "f(1).",
    "http://a.example/x_(1).",
    "so [7] and 【9】 and [Source 8].",
    "so [1-9].",
    "[Source 1](https://a.example/)",
    "[1](https://a.example/)",
    "[Table 1] and [see 1] and [1.5] and [2024] and [1/3]",
    "- [x] done\n- [ ] to do",
    "`x【1】` and ``[^1] ` ``",
    "```py\na[1-3]\nb 【1】\n```",
    "~~~\n[^1] ```\n【2】\n~~~",
    "> ```\n> 【1】\n> ```",
    r"\(f (1)\) and \[ x_1 = 【1】 \]",
    "$$\n[^1]\n$$",
    "$x^{[^1]}$",
    "an area of 12 m², 4 km² and 10³ litres; x² + y² = R²",
    "square metres² of a room",
    "the words [a-z] and [0-9]",
    "an option (1).",
    "식 (1).",
    "x[1-2]",
    # A power and an area, a charge, a name of a file, a function, a pattern.
    "12 m<sup>2</sup>, x<sup>2</sup> and 10<sup>3</sup>",
    "12 m^2, x^2, 10^3, y = width^2 and O(n^2)",
    "SO₄²⁻ and Ca²⁺",
    "report (1).pdf and photo (2).jpg",
    "f (1) and g (2).",
    "both uploads (file 1) and (Result 2)",
    "paragraphs (1), (2) and (3).",
    "either (1) or (2).",
    "[1-3]+ and [1-3]{2}",
    "[see 1] and (see below) and (see the source)",
    "so [7](#7)",
    "[the handbook](https://a.example/rise¹?q=【1】).",
    "never closed 【1 and [Source",
    # Verses and parts of lists, a place without a source, a paper's own notes.
    "[1:3] and [1, 3:5] and [Section 4]",
    "[Note 1] and [Table 2, p. 3] and [S1]",
    "the user (ID: 2) and (doc_id 2)",
    "① by sea\n② by land. The cheaper is ②.",
    "방법은 ① 해상, ② 육상이다.",
    "제5조①, 步骤① and 図②。",
    "so [1] - [3]",
    "a [1] b-[3]",
    "[3]-[1] and [1]-[9]",
    "10 m$^{2}$, x$^2$ and $x^{2}$",
    "# 1\n## 2\n### Costs: $$x$$",
    "{1} and {{ 1 }} and {cite} and {source 1}",
    r"\cite{smith2020} and \citation and \alpha{1}",
    '<a href="https://a.example/">1</a> and <b>1</b> and <cite>Emma</cite>',
    "12 m<sup>2</sup> <div>1</div> a < b > c <- d",
    "```\n<source>1</source> ##1$$ ①\n```\n`<co: 1>` and $\\cite{1}$",
    "I cite turn by turn, and excite and file",
    "「今日」と『本 1』、《书》",
    "1-[2] and [¹](https://a.example/)",
]


@pytest.mark.parametrize(("text", "ours"), MARKS)
def test_a_mark_in_another_form_becomes_ours(text: str, ours: str) -> None:
    assert rewrite(text, 3) == ours


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_no_mark_stays_as_it_is(text: str) -> None:
    assert rewrite(text, 3) == text


@pytest.mark.parametrize("text", [text for text, _ in MARKS] + TEXTS)
def test_where_the_text_is_cut_makes_no_difference(text: str) -> None:
    for size in (1, 2, 3, 7):
        rewriter = Rewriter(3)
        told = [rewriter.feed(text[at : at + size]) for at in range(0, len(text), size)]
        assert "".join([*told, rewriter.finish()]) == rewrite(text, 3)


def test_no_text_of_such_signs_is_read_otherwise_where_it_is_cut() -> None:
    signs = ["[", "]", "(", ")", "](", "1", "2", " ", "^", "see ", "Source ", "【", "】", "<sup>"]
    signs += ["</sup>", ",", "-", "rise", ".", "¹", "`", "$", "\\", "\n", "#", "(#1)", "p. 3", ";"]
    check_where_it_is_cut(signs)


SIGNS_OF_MARKUP = r"""
<source> </source> <a > </ ① 。 [1] - 3 1 rise ## $$ $^{ } {cite: \cite{ 「 」 </cite> 出典
cite turn0search0 [t 【 † 】 <grok:render /> ` : </grok:render>
"""


def test_no_text_of_markup_is_read_otherwise_where_it_is_cut() -> None:
    signs = ["<co: 1>", "</co: 1>", ' href="#1"', '<cite index="2-1">', '<ref id="2"', " ", "\n"]
    check_where_it_is_cut([*SIGNS_OF_MARKUP.split(), *signs, "\ue200", "\ue201"])


def check_where_it_is_cut(signs: list[str]) -> None:
    random = Random(1)
    for _ in range(5_000):
        text = "".join(random.choices(signs, k=random.randint(2, 12)))
        rewriter = Rewriter(3)
        written = "".join(rewriter.feed(sign) for sign in text)
        assert written + rewriter.finish() == rewrite(text, 3), text


@pytest.mark.parametrize(("text", "ours"), MARKS)
def test_no_part_of_a_raw_mark_is_ever_shown(text: str, ours: str) -> None:
    rewriter = Rewriter(3)
    shown = ""
    for sign in text:
        shown += rewriter.feed(sign)
        assert ours.startswith(shown)


@pytest.mark.parametrize("text", [text for text, _ in MARKS])
def test_our_own_marks_are_not_written_again(text: str) -> None:
    once = rewrite(text, 3)
    assert rewrite(once, 3) == once


@pytest.mark.parametrize("text", ["【1】", "so (1).", "so [Source 1]", "so¹."])
def test_without_passages_there_are_no_marks(text: str) -> None:
    assert rewrite(text, 0) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It rains. \ue200cite\ue202turn0search0\ue201", "It rains. "),
        # From the second one on the space before it goes, too.
        ("A. citeturn0search0 B citeturn0search1.", "A.  B."),
        ("It rains.citeturn0search0turn0news1", "It rains."),
        ("It rains【4†L1-L3】.", "It rains."),
        ("It rains \ue200cite\ue202turn0sea", "It rains "),
        ("I cite turns", "I cite turns"),
        # Icons of a document's font.
        ("Open \ue200 Settings, then \ue201 and \ue200", "Open \ue200 Settings, then \ue201 and "),
        ("Open \ue200settings", "Open \ue200settings"),
    ],
)
def test_marks_of_a_vendor_s_own_search_are_taken_out_without_passages_too(
    text: str, words: str
) -> None:
    rewriter = Rewriter(0)
    assert "".join(rewriter.feed(sign) for sign in text) + rewriter.finish() == words


def test_a_text_that_is_quoted_word_by_word_stays_as_it_is() -> None:
    rewriter = Rewriter(3, verbatim=True)
    text = "so 【1】 citeturn0search0 and \ue200 "
    assert "".join(rewriter.feed(sign) for sign in text) + rewriter.finish() == text


def test_no_space_is_held_back_in_a_text_without_such_marks() -> None:
    rewriter = Rewriter(0)
    assert [rewriter.feed(word) for word in ("w0 ", "w1 ", "w2 ")] == ["w0 ", "w1 ", "w2 "]


def test_other_text_passes_at_once() -> None:
    rewriter = Rewriter(3)
    for piece in ("Plain", " text, [", "see", " below] (as", " it", " were) and"):
        told = rewriter.feed(piece)
    assert told == " were) and"
    assert rewriter.finish() == ""


def test_numbers_of_things_make_later_ones_no_marks() -> None:
    text = "Two ways: (1) by sea, (2) by land. The cheaper way is the latter (2)."
    assert rewrite(text, 3) == text
    text = "The fee rose [1]. The fee fell (2)."
    assert rewrite(text, 3) == text


@pytest.mark.parametrize(
    "text", ["items[1] = 5", "row_names[2]", "a[1]", "rows[2].name", "argValues[1]", "f(x)[1](2)"]
)
def test_a_place_in_a_list_is_no_mark(text: str) -> None:
    assert list(marks(text)) == []
    assert "cite" not in render(text, sources=3)


@pytest.mark.parametrize(
    "text", ["the fee[1].", "so [1]", "**so**[2]", "Busan[1][2]", "요금[1]", "A[1]"]
)
def test_a_mark_may_stand_at_a_word(text: str) -> None:
    assert "cite" in render(text, sources=3)
    assert "[" not in remove_marks(text)


_ALPHABETS = ["[", "[1", "【1", "(1) ", "¹", "\\[", "[^1", "<sup>", "`", "$", "[source ", "a[1]"]
_ALPHABETS += [
    "<co: 1>",
    "<source>",
    '<cite index="1-1">',
    "##1$",
    "①",
    "[1]-",
    "\ue200",
    "citeturn0search1",
]
_ALPHABETS += [
    "【1†",
    "<grok:render ",
    "{cite:",
    "\\cite{1,",
    "「出典",
    "<sup><a ",
    "[turn0search1, ",
]
_ALPHABETS += ["^1", "(see ", "1†,", "[1 p. 3, ", "[source 1: ", "<sup>[1", "[1](#"]


@pytest.mark.parametrize("alphabet", [*_ALPHABETS, "](", "[[", "a (1", "[1-", "\n", "```\n", "é"])
def test_the_time_is_linear_in_the_length(alphabet: str) -> None:
    make = Hostile("", alphabet).make
    assert growth.measure(lambda text: rewrite(text, 3), make, MAX_SECONDS).fault == ""
