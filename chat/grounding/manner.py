"""Korean and Japanese sentences in one manner of speaking.

Documents say 지급한다 and 認められている, and answers, which speak to somebody, 지급합니다 and
認められています. Their words are compared by pairs of characters, so each politeness would cost a
short sentence some of what it has in common with its passage.
"""

import re

from aiapp.text.stems import HANGUL

_KANA = re.compile("[ぁ-ゖ]")
_FINALS = 28
_FIRST_SYLLABLE = ord("가")
# The places of ㄴ and ㅂ among the consonants that a syllable may end with.
_N, _B = 4, 17
_KOREAN = re.compile("(?P<copula>입니다)|습니다|(?P<verb>[가-힣])니다|(?<=[가-힣])는다(?![가-힣])")
_JAPANESE = [
    (re.compile(polite), plain)
    for polite, plain in (
        ("なりません", "ならない"),
        ("しません", "しない"),
        ("しました", "した"),
        ("します", "する"),
        ("ません", "ない"),
        ("(?<=[ぁ-ゖ一-鿿])ました", "た"),
        ("(?<=[ぁ-ゖ一-鿿])ます(?![ぁ-ゖ])", "る"),
        ("でした", "だった"),
        ("です(?![ぁ-ゖ])", "だ"),
        ("である(?![ぁ-ゖ])", "だ"),
    )
]


def unify_manner(text: str) -> str:
    """The text with verbs in their plain forms; other languages stay as they are."""
    if text.isascii():
        return text
    if HANGUL.search(text):
        return _KOREAN.sub(_write_plain, text)
    if _KANA.search(text):
        for polite, plain in _JAPANESE:
            text = polite.sub(plain, text)
    return text


def _write_plain(match: re.Match[str]) -> str:
    if match["copula"]:
        return "이다"
    verb = match["verb"]
    if not verb:
        return "다"
    final = (ord(verb) - _FIRST_SYLLABLE) % _FINALS
    return f"{chr(ord(verb) - _B + _N)}다" if final == _B else match[0]
