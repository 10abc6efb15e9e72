"""Code in colours, in time that grows with its length, whatever it is."""

import re
from itertools import product
from time import thread_time

import pytest

from aiapp.markdown import render
from aiapp.markdown.colours import CLASSES, colour, find_language, language_names

parser = re._parser
POSSESSIVE, GREEDY, LAZY = parser.POSSESSIVE_REPEAT, parser.MAX_REPEAT, parser.MIN_REPEAT
# A bound below which going back costs nothing.
SMALL = 64

SAMPLES = {
    "python": ("@cache\ndef f(x: int) -> str:\n    return 'a'  # b", "nd k nf nb nb k s c"),
    "JavaScript": ("const f = (a) => `x ${a}\n` // b", "k s c"),
    "tsx": ("interface A { b: string }", "k nc k"),
    "json": ('{"a": [1, true]}', "nt mi nb"),
    "c": ('#include "a.h"\nint main() { /* b */ }', "cp s nb nf c"),
    "c++": ("auto a = 0x1F;", "k mi"),
    "c#": ("string A = null;", "nb nc nb"),
    "rust": ("fn f<'a>() { let c = 'x'; }", "k k s"),
    "sql": ("select count(*) FROM t -- a", "k nf k c"),
    "bash": ('ls --all "$HOME" ${A} # it\'s', "nb na s nv c"),
    "yaml": ("# a\nb: don't\nc: http://d", "c nt nt"),
    "toml": ("[a]\nb = 'c'", "gh nt s"),
    "xml": ('<a b="c">it\'s</a><!-- d -->', "nt nt s nt nt c"),
    "css": (".a { color: #fff }", "nc nt mi"),
    "diff": ("--- a\n+++ b\n@@ -1 @@\n-c\n+d", "gh gh gu gd gi"),
    "makefile": ("all: x\n\techo $(CC)", "nf nv"),
    "tex": ("\\section{A} % b", "k c"),
    "markdown": ("# A\n`b`", "gh s"),
    "php": ("<?php $a = 'b'; ?>", "cp nv s cp"),
    "haskell": ("{- a -} data Ab' = C", "c k nc nc"),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_language_has_its_colours(name):
    code, classes = SAMPLES[name]
    html = colour(code, name)
    found = re.findall(r'<span class="(\w+)">', html)
    assert found == classes.split()


@pytest.mark.parametrize("name", language_names())
def test_no_text_is_lost_and_no_class_is_unknown(name):
    code = '<a b="c">\'d\' # e\n/* f */ \\g %h; @i $j ${k} -- l\n\t- m: n 1.5e3 `o` (* p *) """q\n'
    html = colour(code, name)
    assert set(re.findall(r'class="(\w+)"', html)) <= CLASSES
    plain = re.sub(r"<[^>]+>", "", html)
    assert plain == colour(code, "no such language")


def test_languages_are_told_by_any_of_their_names_and_none_twice():
    assert find_language("py3").words == find_language("python").words
    assert find_language("nosuch") is None
    assert 'class="k"' in render("```GoLang\nfunc f() {}\n```")


def expressions(name):
    return parser.parse(find_language(name).tokens.pattern, re.MULTILINE | re.DOTALL)


def faults(items, *, anchored=False):
    """Yield where an expression could go back over more than a few characters, or look at many
    of them and then fail.
    """
    behind_repeat = False
    for kind, value in items:
        if kind is parser.AT:
            anchored = anchored or value is parser.AT_BEGINNING
            continue
        least, most, inside = parts(kind, value)
        if behind_repeat and not anchored and least:
            yield "what has to stand behind a repeat"
        if kind in {GREEDY, LAZY} and most > SMALL:
            yield "a repeat that gives back"
        for branch in inside:
            yield from faults(branch, anchored=anchored)
        behind_repeat = behind_repeat or (kind is POSSESSIVE and most > SMALL)
        behind_repeat = behind_repeat or any(ends_in_repeat(branch) for branch in inside)


def parts(kind, value):
    """The least and the most that an item takes, and the sequences in it."""
    if kind in {GREEDY, LAZY, POSSESSIVE}:
        return value[0], value[1], [value[2]]
    if kind is parser.SUBPATTERN:
        return value[3].getwidth()[0], 0, [value[3]]
    if kind is parser.BRANCH:
        return min(branch.getwidth()[0] for branch in value[1]), 0, value[1]
    if kind in {parser.ASSERT, parser.ASSERT_NOT}:
        return 1, 0, [value[1]]
    return 1, 0, []


def ends_in_repeat(items):
    return any(kind is POSSESSIVE and value[1] > SMALL for kind, value in items)


@pytest.mark.parametrize("name", language_names())
def test_no_expression_goes_back_or_looks_far_ahead_in_vain(name):
    assert list(faults(expressions(name))) == []


@pytest.mark.parametrize(
    "expression", ['"(a|b)*"', "a+", "a*?b", "a++b", "(?:a++|b)c", "a*+(?=b)", "(?:a+)?", "a{0,99}"]
)
def test_an_expression_that_could_be_slow_is_found(expression):
    assert list(faults(parser.parse(expression)))


PUMPS = [
    *("\n", " \n", " ", "\t", "\\", '"', "'", "`", "/*", "*/", "//", "<", "<a ", "<!--", "{"),
    *("${", "(*", "{-", "--", "#", "#|", "[", "[[", "$", "@", "%", ":", "a", "a:", "a(", "a ", "A"),
    *(
        "1.",
        "1e",
        "é",
        "가",
        "_",
        "-",
        "=",
        "|",
        "&",
        "&#",
        ";",
        '"""',
        "'\"",
        '\\"',
        "r#",
        "=begin",
    ),
]


def seconds(code, name):
    """CPU time of this thread."""
    started = thread_time()
    colour(code, name)
    return thread_time() - started


@pytest.mark.parametrize("name", ["c", "html", "bash"])
def test_four_times_the_code_takes_four_times_as_long(name):
    for start, pump in product(["", '"', "/*"], PUMPS):
        short, long = (start + pump * (size // len(pump)) for size in (2_000, 8_000))
        # The square makes it 16 times as long; a millisecond is within the clock's noise.
        assert seconds(long, name) < 12 * max(seconds(short, name), 0.001)
