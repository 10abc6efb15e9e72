"""Weights count only when their hash is right."""

import dataclasses
import os
from pathlib import Path

import pytest

from aiapp.embedded.model_servers import weights


@pytest.fixture
def copy(tmp_path, monkeypatch) -> weights.Weights:
    """SmolLM2's entry, pointing to a small file of another content."""
    package = tmp_path / "weights_of_a_test"
    package.mkdir()
    (package / "model.gguf").write_bytes(b"right")
    monkeypatch.syspath_prepend(tmp_path)
    return dataclasses.replace(
        weights.SMOLLM2,
        package=package.name,
        file="model.gguf",
        size=5,
        sha256="27042f4e6eca7d0b2a7ee4026df2ecfa51d3339e6d122aa099118ecd8563bad9",
    )


@pytest.mark.parametrize("entry", [weights.SMOLLM2, weights.MINILM, weights.MINILM_TOKENIZER])
def test_the_installed_weights_are_the_known_ones(entry):
    assert weights.verify(entry).is_file()


def test_a_changed_byte_is_refused(copy, tmp_path):
    path = weights.verify(copy)
    path.write_bytes(b"wrong")
    with pytest.raises(weights.WeightsCorrupt, match="hash differs"):
        weights.verify(copy)


def test_a_good_result_is_kept_until_the_file_changes(copy, tmp_path):
    cache = tmp_path / "verified.json"
    path = weights.verify(copy, cache)
    status = path.stat()
    path.write_bytes(b"wrong")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert weights.verify(copy, cache) == path, "size and time are the same: not read again"
    os.utime(path)
    with pytest.raises(weights.WeightsCorrupt):
        weights.verify(copy, cache)


def test_a_truncated_archive_is_refused(copy):
    archived = dataclasses.replace(copy, member="model.safetensors")
    with pytest.raises(weights.WeightsCorrupt, match="damaged"):
        weights.verify(archived)


def test_a_missing_package_says_how_to_install_it(copy):
    absent = dataclasses.replace(copy, package="no_such_package_at_all")
    with pytest.raises(weights.WeightsMissing, match=r"requirements-weights\.txt"):
        weights.verify(absent)


def test_the_files_of_packages_are_found_without_running_their_code(tmp_path, monkeypatch, copy):
    package = Path(copy.path()).parent
    (package / "__init__.py").write_text("raise AssertionError('imported')")
    assert weights.verify(copy).name == "model.gguf"
