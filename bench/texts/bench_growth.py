"""The cost of texts made to take long, for every expression and every reader of texts.

    make bench            or: python -m bench.texts.bench_growth [NAME]...

For each regular expression of the site and each function that reads foreign text, the worst of the
hostile texts of `tests/costs/hostile_texts.py` at 4, 16 and 64 KB: milliseconds of CPU of the
thread, and which text it was. What is linear takes four times as long from one column to the next.
With names, only those that hold one of them.
"""

import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass

LENGTHS = (4_096, 16_384, 65_536)
# Most texts cost the least; so many of the worst at the first length are tried at the others.
TRIED = 4


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    text: str
    # Milliseconds for each of `LENGTHS`.
    took: tuple[float, ...]
    fault: str

    def __str__(self) -> str:
        took = " ".join(f"{each:9.1f}" for each in self.took)
        return f"{self.name[:66]:66} {took}  {self.text[:40]}{'  ' + self.fault}".rstrip()


def worst(name: str, call: Callable[[str], object], texts: Iterable, most: float) -> Row:
    """The dearest text of all, found by what each takes at the first length."""
    from tests.costs import growth

    found = []
    for text in texts:
        cost = growth.measure(call, text.make, most)
        longest = max(cost.seconds)
        # As if it went on as it does, where longer texts were not needed to tell.
        found.append((cost.fault, cost.seconds[longest] * LENGTHS[-1] / longest, text))
    found.sort(key=lambda each: (bool(each[0]), each[1]), reverse=True)
    rows = []
    for fault, _, text in found[:TRIED]:
        lengths = LENGTHS if not fault else LENGTHS[:1]
        took = tuple(
            1000 * min(growth.cpu(call, text.make(length)) for _ in range(2)) for length in lengths
        )
        rows.append(Row(name, text.name, took, fault))
    return max(rows, key=lambda row: (bool(row.fault), row.took[-1]))


def main() -> None:
    import django

    django.setup()
    from tests.costs import hostile_texts, patterns, text_functions

    names = sys.argv[1:]
    print(f"{'milliseconds of CPU, worst text':66} {'4 KB':>9} {'16 KB':>9} {'64 KB':>9}")
    rows = []
    for found in patterns.all_patterns():
        name = f"{found.place} ({found.way})"
        if not names or any(each in name for each in names):
            texts = (*hostile_texts.of_pattern(found.pattern), *hostile_texts.BROKEN_OFF)
            rows.append(worst(name, found.run, texts, 0.15))
    for reader in text_functions.all_readers():
        if not names or any(each in reader.name for each in names):
            texts = (*hostile_texts.KNOWN, *hostile_texts.BROKEN_OFF)
            rows.append(worst(reader.name, reader.call, texts, reader.most))
    for row in sorted(rows, key=lambda row: (bool(row.fault), row.took[-1]), reverse=True):
        print(row)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="aiapp-") as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "aiapp.settings",
            "DATA_DIR": folder,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "LOG_LEVEL": "WARNING",
        }
        main()
