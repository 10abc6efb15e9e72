"""A release's number stands in several files, and says the same in all of them."""

import shutil

import pytest

import aiapp
from scripts import release
from tests.processes.site import ROOT


@pytest.fixture
def copy(tmp_path):
    for file in (*release.PLACES, release.CHANGELOG):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def contents(root):
    return {file: release.read(root / file) for file in (*release.PLACES, release.CHANGELOG)}


def test_all_files_are_of_one_release():
    for place, numbers in release.find_numbers(ROOT).items():
        assert set(numbers) == {aiapp.__version__}, place


def test_a_release_is_written_into_all_of_them(copy):
    release.release(copy, "7.8.9", "2027-01-02")
    for place, numbers in release.find_numbers(copy).items():
        assert set(numbers) == {"7.8.9"}, place
    before, after = contents(ROOT), contents(copy)
    for file in release.PLACES:
        assert len(before[file].splitlines()) == len(after[file].splitlines())
    # Data is as it was: which releases bear it is said by whoever writes a migration.
    assert f'DATA_BEARS_FROM = "{aiapp.DATA_BEARS_FROM}"' in after["aiapp/__init__.py"]


def test_what_changed_gets_the_number_and_the_day(copy):
    release.release(copy, "7.8.9", "2027-01-02")
    changelog = release.read(copy / "CHANGELOG.md")
    assert "## Unreleased\n\n## 7.8.9 (2027-01-02)\n\n### Added\n" in changelog
    with pytest.raises(release.Refusal, match="nothing that has changed"):
        release.release(copy, "7.8.10", "2027-01-03")


@pytest.mark.parametrize("version", ["0.0.9", "1.0", "v1.0.0", "1.0.0-rc1", "1.0.0\n"])
def test_a_number_that_is_none_or_earlier_changes_nothing(copy, version):
    with pytest.raises(release.Refusal):
        release.release(copy, version, "2027-01-02")
    assert contents(copy) == contents(ROOT)


def test_a_release_is_made_once(copy):
    release.release(copy, "7.8.9", "2027-01-02")
    file = copy / "CHANGELOG.md"
    file.write_text(release.read(file).replace("## Unreleased\n", "## Unreleased\n\n- More.\n"))
    with pytest.raises(release.Refusal, match=r"7\.8\.9 is released"):
        release.release(copy, "7.8.9", "2027-01-03")
    release.release(copy, "7.9.0", "2027-01-03")
    assert "## 7.9.0 (2027-01-03)\n\n- More.\n\n## 7.8.9" in release.read(file)
