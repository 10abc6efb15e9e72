"""The tag of what deploy/upgrade builds, which later commands of compose use."""

import sys
from pathlib import Path

import aiapp
from tests.processes.site import ROOT

sys.path.insert(0, str(ROOT / "deploy"))
from operations import upgrade


def test_a_build_is_named_by_its_version_first() -> None:
    assert upgrade.name_build().partition("-")[0] == aiapp.__version__


def test_the_tag_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("SITE_URL=https://a.example\nAIAPP_TAG=0.1.0\nPIDS_LIMIT=9\n")
    upgrade.write_tag(file, "0.2.0")
    assert file.read_text() == "SITE_URL=https://a.example\nAIAPP_TAG=0.2.0\nPIDS_LIMIT=9\n"


def test_the_tag_is_added_where_there_was_none(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("SITE_URL=https://a.example")
    upgrade.write_tag(file, "0.2.0")
    assert file.read_text() == "SITE_URL=https://a.example\nAIAPP_TAG=0.2.0\n"
