"""The HTML that a page, its style sheet and its scripts rely on."""

import re

import pytest

from aiapp.markdown import render
from aiapp.markdown.code import MAX_CODE_CHARS

LINK = 'target="_blank" rel="noopener noreferrer nofollow"'


def cite(n: int, *, shown: int | None = None) -> str:
    return f'<a class="cite" href="#source-{n}" data-n="{n}">{shown or n}</a>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**a** *b* ~~c~~ `d`", "<strong>a</strong> <em>b</em> <s>c</s> <code>d</code>"),
        ("~5 of ~10", "~5 of ~10"),
        ("a  \nb", "a<br>\nb"),
        ("[a](https://b.c 'd')", f'<a href="https://b.c" title="d" {LINK}>a</a>'),
        ("see https://b.c/d_e.", f'see <a href="https://b.c/d_e" {LINK}>https://b.c/d_e</a>.'),
        ("README.md views.py a@b.co", "README.md views.py a@b.co"),
        ("a [1], b [2][3].", f"a {cite(1)}, b {cite(2)}{cite(3)}."),
        ("a [1, 3]", f"a {cite(1)}{cite(3, shown=2)}"),
        ("a [1, 9] [9]", f"a {cite(1)}[9] [9]"),
        ("`[1]` $[1]$", '<code>[1]</code> <span class="math">[1]</span>'),
        ("[[1]](https://b.c)", f'<a href="https://b.c" {LINK}>[1]</a>'),
        ("**[1]**", f"<strong>{cite(1)}</strong>"),
        ("$a<b$", '<span class="math">a&lt;b</span>'),
        (r"\(a_1 * b\) *c*", r'<span class="math">a_1 * b</span> <em>c</em>'),
        ("so $$a$$ is", 'so <span class="math display">a</span> is'),
        ("$5 and $6, US$5, $HOME/$USER", "$5 and $6, US$5, $HOME/$USER"),
        ("5 < 6 & <b>", "5 &lt; 6 &amp; &lt;b&gt;"),
    ],
)
def test_inline(text, html):
    assert render(text, 3) == f"<p>{html}</p>\n"


@pytest.mark.parametrize(
    ("levels", "become"),
    [
        ([1], [3]),
        ([4], [3]),
        ([2, 3, 3, 4, 2], [3, 4, 4, 5, 3]),
        ([3, 1, 4, 2], [3, 3, 4, 4]),
        ([1, 2, 3, 4, 5, 6], [3, 4, 5, 6, 6, 6]),
    ],
)
def test_headings_stand_below_those_of_the_page_and_skip_no_level(levels, become):
    text = "\n\n".join("#" * level + " *x*\n\nso" for level in levels)
    html = "".join(f"<h{n}><em>x</em></h{n}>\n<p>so</p>\n" for n in become)
    assert render(text) == html


def test_a_formula_on_lines_of_its_own_is_no_markdown():
    for opening, closing in (("$$", "$$"), (r"\[", r"\]")):
        html = render(f"so\n{opening}\na\n= *b*\n- c\n{closing}\nthen")
        assert html == (
            '<p>so</p>\n<p><span class="math display">a\n= *b*\n- c</span></p>\n<p>then</p>\n'
        )


def test_code_has_its_language_a_button_and_colours():
    html = render("```Python title=x\ndef f(): pass\n```")
    assert html.startswith(
        '<div class="code"><div class="code-head"><span>Python</span>'
        '<button type="button" data-action="copy-code">Copy</button></div>'
        '<pre tabindex="0"><code><span class="k">def</span>'
    )
    assert re.sub(r"<[^>]+>", "", html) == "PythonCopydef f(): pass\n\n"


@pytest.mark.parametrize(
    "code", ["```nosuch\n<a>\n```", "    <a>", "```\n<a>\n```", "```python\n<a>\n"]
)
def test_code_of_no_known_language_and_open_code_is_plain(code):
    assert "<code>&lt;a&gt;\n</code>" in render(code)


def test_code_keeps_its_blank_lines_and_very_long_code_its_text():
    assert "<code>\n\na\n\n</code>" in render("```text\n\n\na\n\n```")
    code = "x = 1\n" * (MAX_CODE_CHARS // 5)
    assert f"<code>{code}</code>" in render(f"```python\n{code}```")


def test_a_table_scrolls_and_aligns_by_class():
    html = render("|a|b|c|d|\n|:-|-:|:-:|-|\n|1|2|3|[1]|", 1)
    assert html.startswith('<div class="table-scroll" tabindex="0"><table>')
    assert '<th class="left">a</th>\n<th class="right">b</th>\n<th class="center">c</th>' in html
    assert f'<td class="right">2</td>\n<td class="center">3</td>\n<td>{cite(1)}</td>' in html
    assert "style" not in html


def test_task_lists_show_signs_and_lists_keep_their_first_number():
    assert render("- [x] a\n- [ ] b") == (
        '<ul>\n<li class="task"><span class="task-box">☑</span> a</li>\n'
        '<li class="task"><span class="task-box">☐</span> b</li>\n</ul>\n'
    )
    assert render("7. a") == '<ol start="7">\n<li>a</li>\n</ol>\n'


def test_a_reference_is_known_from_its_definition_on():
    html = render("[a]\n\n[a]: https://b.c\n\n[a] [x][a]")
    link = f'<a href="https://b.c" {LINK}>'
    assert html == f"<p>[a]</p>\n<p>{link}a</a> {link}x</a></p>\n"


def test_deep_lists_keep_their_text_and_what_follows():
    text = "".join(f"{'  ' * depth}- level {depth}\n" for depth in range(20))
    html = render(f"{text}\nend")
    assert "level 19" in html
    assert html.endswith("<p>end</p>\n")
