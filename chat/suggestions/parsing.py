"""The title and the questions in what a model wrote, which may be anything.

Only lines of the form that was asked for are taken, up to the first other one, so that a model
which thinks aloud, repeats its task or goes on with the conversation gives no title rather than
such a one.
"""

import re

from aiapp.text.invisible import remove_invisible

MAX_TITLE_CHARS = 60
MAX_QUESTION_CHARS = 140
MAX_QUESTIONS = 3
# A reply is a few lines; of one that is not, the rest is not looked at.
MAX_REPLY_CHARS = 4_000

_TITLE = re.compile(r"[*#\s]{0,6}(?:title|제목)[*\s]{0,4}[:：](.*)", re.IGNORECASE)
_ITEM = re.compile(r"\s{0,8}(?:[-*•]|[0-9][.)])\s+(.*)")
_AROUND = " \t*_#`\"'“”‘’«»「」『』"


def parse(reply: str, asked: str) -> tuple[str, list[str]]:
    """Return the title, "" if there is none, and the questions.

    Without the one that was asked, and such as are too long to be one.
    """
    title, questions = "", list[str]()
    known = {asked.strip().casefold()}
    for line in reply[:MAX_REPLY_CHARS].splitlines():
        if found := _TITLE.fullmatch(line):
            title = title or _clean(found[1], MAX_TITLE_CHARS).rstrip(".。")
        elif found := _ITEM.fullmatch(line):
            text = _clean(found[1])
            if text and len(text) <= MAX_QUESTION_CHARS and text.casefold() not in known:
                known.add(text.casefold())
                questions.append(text)
        elif line.strip():
            # What goes on in another form is something else.
            break
    return title, questions[:MAX_QUESTIONS]


def _clean(text: str, length: int | None = None) -> str:
    line = " ".join(remove_invisible(text).split()).strip(_AROUND)
    if length is None or len(line) <= length:
        return line
    return line[: length - 1].rsplit(" ", 1)[0] + "…"
