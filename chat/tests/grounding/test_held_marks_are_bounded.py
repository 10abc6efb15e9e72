"""The filter of answers holds back a bounded text until it is known, never to the reader's harm.

A model may be made to write marks without end. What is held is read again with every piece that
comes, so it must not grow; and where it is let go unread, nothing behind it may pass for code.
"""

import time

import pytest

from chat.guardrails.output import MAX_HELD, Filter

SECRET = "a secret of this site"
PICTURE = "![](https://elsewhere.example/p?q=1)"
OPENINGS = ["```" + "x" * 5_000, "~~~" + "x" * 5_000, "`" * 5_000, "~" * 5_000, " " * 5_000]


def run_filter(text: str, size: int) -> tuple[str, int]:
    """The whole text as it leaves the filter, and the most characters that it held back."""
    filter_, parts, held = Filter([SECRET], "fence"), [], 0
    said = 0
    for start in range(0, len(text), size):
        parts.append(filter_.feed(text[start : start + size]))
        said += len(parts[-1])
        held = max(held, start + size - said)
    return "".join([*parts, filter_.finish()]), held


@pytest.mark.parametrize("opening", OPENINGS, ids=[each[:4] for each in OPENINGS])
@pytest.mark.parametrize("before", ["", "A word.\n", "```\ncode\n", "A `tick "])
def test_no_more_is_held_back_than_is_worth_it(opening: str, before: str) -> None:
    text = f"{before}{opening}"
    shown, held = run_filter(text, 7)
    assert shown == text
    assert held <= MAX_HELD + len(SECRET) + 20


@pytest.mark.parametrize("opening", OPENINGS[:4], ids=[each[:4] for each in OPENINGS[:4]])
@pytest.mark.parametrize(
    "behind",
    [
        f"{PICTURE}",
        f"\n{PICTURE}\n",
        f"`\n{PICTURE}\n",
        f"\n```\n{PICTURE}\n",
        f"\n```\n```\n{PICTURE}\n",
        f" ` {PICTURE} `",
    ],
)
def test_behind_what_was_let_go_no_picture_passes_for_code(opening: str, behind: str) -> None:
    shown, _ = run_filter(f"{opening}{behind}", 7)
    assert PICTURE not in shown
    assert PICTURE.removeprefix("!") in shown


def test_secrets_are_taken_out_whatever_surrounds_them() -> None:
    for opening in OPENINGS:
        shown, _ = run_filter(f"{opening}{SECRET}{opening}\n{SECRET}", 5)
        assert SECRET not in shown


@pytest.mark.parametrize("unit", ["`", "~", " ", "\n", "![", "<", "\\", "``\n", "![a", "```a"])
def test_a_long_answer_in_small_pieces_costs_what_it_is_long(unit: str) -> None:
    def cpu(length: int) -> float:
        text = (unit * length)[:length]
        began = time.thread_time()
        run_filter(text, 5)
        return time.thread_time() - began

    short, long = min(cpu(8_000) for _ in range(2)), min(cpu(32_000) for _ in range(2))
    assert long < max(short * 8, 0.05)
