"""A library that is imported when it is first used is not imported by who only looks around."""

import sys
from pathlib import Path

import pytest

from aiapp.concurrency.late import LateModule


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "dear_library.py").write_text("VALUE = 7\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "dear_library", raising=False)
    return "dear_library"


def test_it_comes_with_the_first_of_its_names(library: str) -> None:
    late = LateModule(library)
    assert library not in sys.modules
    assert late.VALUE == 7
    assert library in sys.modules


@pytest.mark.parametrize("mark", ["_mock_name", "__wrapped__", "__file__"])
def test_a_mark_that_is_looked_for_brings_nothing(library: str, mark: str) -> None:
    assert not hasattr(LateModule(library), mark)
    assert library not in sys.modules
