"""Measure transcription: word errors against what is known to be said.

The word error rate is that of speech recognition (NIST's sclite): the fewest words to change, leave
out or put in, divided by the number of words that were said.
"""

import re
import resource
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from documents.recordings import transcription

LIST = "transcripts.tsv"
_MARKS = re.compile(r"[^\w\s']")


@dataclass(frozen=True, slots=True)
class Transcript:
    """One recording: what was said and what was transcribed, in words; seconds of sound, and of
    our processors."""

    file: str
    reference: list[str]
    hypothesis: list[str]
    seconds: float
    cpu_seconds: float

    @property
    def errors(self) -> int:
        return distance(self.reference, self.hypothesis)


def measure(folder: Path) -> Iterator[Transcript]:
    """Transcribe the recordings that `transcripts.tsv` lists: a file, a tab, what it says.

    Raises OSError or ValueError for a folder without them, and what transcription raises.
    """
    for line in (folder / LIST).read_text(encoding="utf-8").splitlines():
        file, tab, text = line.partition("\t")
        if not tab:
            raise ValueError(f"{LIST} has a line without a tab: {line[:80]}")
        before = _cpu_seconds()
        transcript = transcription.transcribe_file(folder / file)
        yield Transcript(
            file, words(text), words(transcript.text), transcript.duration, _cpu_seconds() - before
        )


def words(text: str) -> list[str]:
    """In small letters, without marks; numbers stay as they are written."""
    return _MARKS.sub(" ", text.lower()).split()


def distance(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """The fewest words to change, leave out or put in (Levenshtein, by rows)."""
    row = list(range(len(hypothesis) + 1))
    for n, word in enumerate(reference, 1):
        above, row[0] = row[0], n
        for m, other in enumerate(hypothesis, 1):
            above, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, above + (word != other))
    return row[-1]


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
