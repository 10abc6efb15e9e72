"""The last step of every rendering: an allow-list over HTML that is already made.

It runs after everything else, since a sanitizer before the parser has been the hole in others,
and on each partial drawing just as on the finished message.
"""

import re

import nh3

from aiapp.markdown.colours import CLASSES

_attributes = {
    "a": {"href", "title", "data-n"},
    "ol": {"start"},
}
_fixed = {
    "a": {"target": {"_blank"}, "rel": {"noopener noreferrer nofollow"}},
    "button": {"type": {"button"}, "data-action": {"copy-code"}},
    "div": {"tabindex": {"0"}},
    "pre": {"tabindex": {"0"}},
}
_classes = {
    "a": {"cite"},
    "div": {"code", "code-head", "table-scroll"},
    "li": {"task"},
    "span": {"math", "display", "task-box", *CLASSES},
    "td": {"left", "center", "right"},
    "th": {"left", "center", "right"},
}
_tags = {
    *("a", "br", "code", "del", "em", "s", "span", "strong"),
    *("blockquote", "div", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul"),
    *("table", "tbody", "td", "th", "thead", "tr"),
    "button",
}
_href = re.compile(r"#source-\d{1,3}|(?:https?://[^/\s]|mailto:[^/\s])\S*", re.IGNORECASE)
_number = re.compile(r"[0-9]{1,9}")


def _filter(tag: str, name: str, value: str) -> str | None:
    if tag == "a" and name == "href":
        return value if _href.fullmatch(value) else None
    if name in {"data-n", "start"}:
        return value if _number.fullmatch(value) else None
    return value


_cleaner = nh3.Cleaner(
    tags=_tags,
    attributes=_attributes,
    tag_attribute_values=_fixed,
    allowed_classes=_classes,
    attribute_filter=_filter,
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)


def clean(html: str) -> str:
    return _cleaner.clean(html)
