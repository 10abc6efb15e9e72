"""Invisible characters are left out of names, and shown where people agree to something."""

import unicodedata

import pytest

from aiapp.text.invisible import remove_invisible, show_invisible

# Of each kind: directions, zero width, fillers, tags, selectors, controls, separators of lines.
UNSEEN = [
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    *"\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\u206a\u206f\ufeff\xad\u034f\u180e",
    *"\u115f\u1160\u3164\uffa0\u2800\U000e0001\U000e0041\U000e007f\U000e0100\ufe00\ufe0f",
    *"\x00\x07\x1b\x7f\x85\x9f\u2028\u2029\ufff9\ufffb\U0001d173",
]
VISIBLE = [
    "report.pdf", "보고서.pdf", "レポート", "отчёт", "تقرير", "दस्तावेज़", "Übersicht – 2026",
    "a\tb\nc\r\nd", "£500 “quoted” 100 %", "한\xa0글\u3000", "👍🏽 ok", "e\u0301",
    # A joiner or a selector after what is seen is a part of it.
    "👨\u200d👩\u200d👧", "❤\ufe0f", "می\u200cخواهم", "क्\u200dष",
]  # fmt: skip


@pytest.mark.parametrize("char", UNSEEN, ids=lambda char: f"U+{ord(char):04X}")
def test_it_is_left_out_and_shown(char: str) -> None:
    for before, after in (("", ""), ("invoice", "fdp.exe"), ("a", ""), (" ", "b")):
        text = f"{before}{char}{after}"
        assert remove_invisible(text) == before + after
        assert show_invisible(text) == f"{before}⟨U+{ord(char):04X}⟩{after}"


@pytest.mark.parametrize("text", VISIBLE)
def test_what_is_seen_stays(text: str) -> None:
    assert remove_invisible(text) == show_invisible(text) == text


def test_every_control_of_unicode_is_known() -> None:
    left = {
        chr(n)
        for n in range(0x110000)
        if unicodedata.category(chr(n)) in {"Cf", "Cc", "Cs", "Zl", "Zp"}
        and remove_invisible(f"a{chr(n)}b") != "ab"
    }
    # Marks of numbers and verses that have a shape, and what ends lines and words.
    shaped = {
        c for c in left if "SIGN" in unicodedata.name(c, "") or "MARK" in unicodedata.name(c, "")
    }
    shaped |= {c for c in left if "HIEROGLYPH" in unicodedata.name(c, "")}
    assert left - shaped <= set("\t\n\r\u06dd\u08e2")


def test_a_message_in_tags_is_told_by_its_length() -> None:
    hidden = "".join(chr(0xE0000 + ord(char)) for char in "pay mallory")
    assert show_invisible(f"Hello{hidden}!") == "Hello⟨U+E0070 … ×11⟩!"


def test_selectors_in_a_row_hide_nothing() -> None:
    text = "😀" + "".join(chr(0xFE00 + n % 16) for n in range(100))
    assert remove_invisible(text) == "😀\ufe00"
    assert show_invisible(text) == "😀\ufe00⟨U+FE01 … ×99⟩"


def test_it_takes_time_in_proportion_to_the_length() -> None:
    for text in ("\u202e" * 500_000, "a\u200d" * 300_000, "é\u200d\u200d" * 200_000):
        assert len(show_invisible(text)) < 20 * len(text)
