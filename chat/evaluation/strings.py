"""Comparison of an answer with what it should say, by its strings, as SQuAD does it."""

import re
import string
from collections import Counter
from collections.abc import Sequence

from aiapp.text.normal_form import normalize

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_MARKS = str.maketrans("", "", string.punctuation)
_NUMBER = re.compile(r"\d[\d,]*\.?\d*")


def contains(answer: str, right: Sequence[str]) -> float:
    """1 if one of the right answers stands in the answer word by word."""
    said = f" {_simplify(answer)} "
    return float(any((one := _simplify(each)) and f" {one} " in said for each in right))


def has_numbers(answer: str, right: Sequence[str]) -> float | None:
    """1 if the answer has all numbers of a right one; None where those have none."""
    wanted = [numbers for each in right if (numbers := _read_numbers(each))]
    return float(any(each <= _read_numbers(answer) for each in wanted)) if wanted else None


def compute_overlap(answer: str, right: Sequence[str]) -> float:
    """The F1 of the words in common with the nearest of the right answers."""
    return max((_compute_f1(_simplify(answer).split(), each) for each in right), default=0.0)


def _compute_f1(said: Sequence[str], right: str) -> float:
    wanted = _simplify(right).split()
    common = (Counter(said) & Counter(wanted)).total()
    return 2 * common / (len(said) + len(wanted)) if common else 0.0


def _simplify(text: str) -> str:
    plain = normalize("NFKC", text).lower().translate(_MARKS)
    return " ".join(_ARTICLES.sub(" ", plain).split())


def _read_numbers(text: str) -> set[float]:
    found = (each.replace(",", "").rstrip(".") for each in _NUMBER.findall(text))
    return {float(each) for each in found if each}
