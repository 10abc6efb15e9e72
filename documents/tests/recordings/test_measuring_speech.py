"""The accuracy of transcription can be measured."""

import re
import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from documents.evaluation.speech import distance, words

SAMPLES = Path(__file__).parents[1] / "speech"


@pytest.mark.parametrize(
    ("said", "written", "errors"),
    [
        ("one two three", "one two three", 0),
        ("one two three", "One, two - three!", 0),
        ("one two three", "one three", 1),
        ("one two three", "one two too three", 1),
        ("one two three", "one tow three", 1),
        ("one two three", "", 3),
        ("", "what", 1),
    ],
)
def test_errors_are_the_fewest_words_to_change(said: str, written: str, errors: int) -> None:
    assert distance(words(said), words(written)) == errors


def test_the_packaged_model_writes_some_of_the_packaged_samples_down(tmp_path: Path) -> None:
    """Four of the twelve: docs/performance.md has what all of them come to."""
    transcripts = (SAMPLES / "transcripts.tsv").read_text().splitlines(keepends=True)[:4]
    (tmp_path / "transcripts.tsv").write_text("".join(transcripts))
    for line in transcripts:
        shutil.copy(SAMPLES / line.partition("\t")[0], tmp_path)
    told = StringIO()
    call_command("evaluate_speech", tmp_path, "--each", stdout=told)
    lines = told.getvalue().splitlines()
    assert len(lines) == 5
    found = re.search(r"4 recordings, \d+ words, \d+ s .* rate ([\d.]+)%", lines[-1])
    assert found, lines[-1]
    assert float(found[1]) < 25


def test_a_folder_without_recordings_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"transcripts\.tsv"):
        call_command("evaluate_speech", tmp_path)
    (tmp_path / "transcripts.tsv").write_text("")
    with pytest.raises(CommandError, match="lists no recordings"):
        call_command("evaluate_speech", tmp_path)
    (tmp_path / "transcripts.tsv").write_text("a.txt\tHello.\n")
    (tmp_path / "a.txt").write_text("Hello.")
    with pytest.raises(CommandError, match="not a recording"):
        call_command("evaluate_speech", tmp_path)
