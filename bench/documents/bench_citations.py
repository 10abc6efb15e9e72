"""The quality of the check of citations on labelled pairs of a sentence and a passage.

    python -m bench.documents.bench_citations [--half tuned|held-out|all] [--show]

The thresholds were set on the pairs of every second passage ("tuned"); the figures are those of
the other half. A pair is labelled supported, weak (a part of the sentence is in the passage) or
unsupported. `--show` lists the pairs that are graded otherwise.
"""

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

from chat.grounding.grade import Grade, judge

PAIRS = Path(__file__).resolve().parents[2] / "chat" / "tests" / "data" / "citations.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=["tuned", "held-out", "all"], default="held-out")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    passages = json.loads(PAIRS.read_text())
    chosen = {"tuned": passages[::2], "held-out": passages[1::2], "all": passages}[options.half]
    counts: Counter[tuple[str, str]] = Counter()
    kinds: dict[str, Counter[str]] = {}
    started = time.perf_counter()
    for passage in chosen:
        for kind, label, sentence in passage["pairs"]:
            grade = judge(sentence, passage["passage"]).grade
            counts[label, grade] += 1
            kinds.setdefault(kind, Counter())[grade] += 1
            if options.show and grade != label:
                out(f"{label:>11} as {grade:<11} ({kind}) {sentence}")
    seconds = time.perf_counter() - started
    report(options.half, counts, kinds, seconds)


def report(
    half: str, counts: Counter[tuple[str, str]], kinds: dict[str, Counter[str]], seconds: float
) -> None:
    total = counts.total()
    right = sum(counts[grade, grade] for grade in Grade)
    out(
        f"\n{total} pairs ({half}), {1000 * seconds / total:.2f} ms each, {right / total:.0%} right"
    )
    out(f"\n| {'grade':<11} | pairs | precision | recall |\n|---|---|---|---|")
    for grade in Grade:
        named = sum(n for (_, given), n in counts.items() if given == grade)
        there = sum(n for (label, _), n in counts.items() if label == grade)
        hit = counts[grade, grade]
        precision, recall = hit / max(named, 1), hit / max(there, 1)
        out(f"| {grade:<11} | {there:>5} | {precision:>9.2f} | {recall:>6.2f} |")
    out(f"\n| {'kind':<11} | {' | '.join(Grade)} |\n|---|---|---|---|")
    for kind, grades in kinds.items():
        out(f"| {kind:<11} | {' | '.join(str(grades[grade]) for grade in Grade)} |")


def out(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
