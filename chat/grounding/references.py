"""Lists of sources in an answer, which name what was used and state nothing that could be judged.

Models end answers with "Sources:" and a line for each passage, though the page lists them already.
Judged as a sentence, "[1] Report.pdf, page 3" is supported by no passage, and a citation is as good
as the worst sentence that cites it.
"""

import re
from collections.abc import Iterator, Sequence

from aiapp.markdown.citations import marks, remove_marks
from aiapp.markdown.citations.vocabulary import LABELS, LEADS, PLACES

_TITLES = """
sources|source|references|reference|citations|citation|bibliography|works cited|footnotes
source documents|sources used|sources cited|documents used
quellen|quelle|quellenangaben|quellenangabe|quellenverzeichnis|referenzen|fußnoten
références|référence|bibliographie|fuentes|fuente|referencias|bibliografía|fonti|fonte|riferimenti
bibliografia|fontes|referências|bronnen|bron|referenties|źródła|źródło|przypisy|источники|источник
ссылки|список литературы|джерела|джерело|посилання|zdroje|zdroj|källor|källa|referenser
kilder|kilde|referanser|lähteet|lähde|kaynaklar|kaynak|kaynakça|források|surse|sursă|πηγές|πηγή
출처|참고 문헌|참고문헌|참고 자료|참고자료|각주|출처 목록|出典|参考文献|参考資料|引用元|情報源
来源|來源|参考资料|參考資料|參考文獻|出处|出處|资料来源|資料來源|脚注
المصادر|المصدر|المراجع|מקורות|מקור|स्रोत|संदर्भ|แหล่งที่มา|แหล่งอ้างอิง|อ้างอิง
nguồn|tài liệu tham khảo|sumber|referensi|منابع|منبع
"""
_TITLE = "|".join(sorted((t for t in re.split(r"[|\n]", _TITLES) if t), key=len, reverse=True))
_SIGNS = r"[ \t#*_>-]{0,12}"
_HEADING = re.compile(
    rf"{_SIGNS}(?:\d{{1,2}}[.)] )?(?:{_TITLE})[ \t]?(?:\([^()\n]{{0,40}}\))?[ \t:：*_]{{0,8}}",
    re.IGNORECASE,
)
# "Sources: [1], [2]" in one line.
_LABELLED = re.compile(
    rf"{_SIGNS}[(\[（]?(?:{_TITLE})[*_]{{0,2}}[ \t]?[:：][*_]{{0,2}}", re.IGNORECASE
)
_ITEM = re.compile(r"[ \t>]*(?:[-*+•][ \t]|\d{1,3}[.)][ \t]|\[|https?://)")
# What stands under such a heading may state something; these name something.
_ENTRY = re.compile(
    r"[ \t>]*(?:(?:[-*+•]|\d{1,3}[.)])[ \t]{1,4})?[*_]{0,2}\[\d{1,3}\]|[^\n]*https?://"
)
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")
_WORDS = re.compile(r"[^\W\d_]+")
_NUMBERS = re.compile(r"\d+")
_JOINING = """
and und et y e i и 및 와 과 と 和 see in of the from der die das aus de du la
"""
_SAYING_NOTHING = LABELS | PLACES | {*LEADS, *_JOINING.split(), *_WORDS.findall(_TITLES)}


def remove_source_lists(answer: str) -> str:
    """Return an answer without its lists of sources.

    A single line of that kind, "Source: [1]", lends its marks to the line before it, if that has
    none.
    """
    return "\n".join(_keep(answer.splitlines()))


def _keep(lines: Sequence[str]) -> Iterator[str]:
    is_code = is_list = is_marked = False
    for line in lines:
        if _FENCE.match(line):
            is_code = not is_code
        if is_code or not line.strip():
            yield line
            continue
        numbers = [mark[0] for mark in marks(line)]
        if _HEADING.fullmatch(line):
            is_list = True
            continue
        is_list = is_list and bool(_ITEM.match(line) or numbers)
        if is_list and _ENTRY.match(line):
            continue
        if numbers and (label := _LABELLED.match(line)) and _lists_only(line[label.end() :]):
            if not is_marked:
                yield "".join(numbers)
            continue
        is_marked = bool(numbers)
        yield line


def _lists_only(rest: str) -> bool:
    """Return whether marks come first behind a label, or there is nothing but marks."""
    return rest.lstrip(" \t*_(（").startswith("[") or not _WORDS.search(remove_marks(rest))


def names_its_source(sentence: str, titles: Sequence[str]) -> bool:
    """Return whether a sentence without its marks is but the titles of what it cites, and a place.

    "Report.pdf, page 3" is; "Report.pdf: 3" is not.
    """
    title = " ".join(titles).casefold()
    text = sentence.casefold()
    said = set(_WORDS.findall(text)) - set(_WORDS.findall(title))
    if said - _SAYING_NOTHING:
        return False
    has_place = bool(said & PLACES)
    return has_place or set(_NUMBERS.findall(text)) <= set(_NUMBERS.findall(title))
