"""A model's abilities are known by its name, and an operator's word counts more."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from aiapp import env
from aiapp.llm import registry
from aiapp.llm.providers.openai import ollama

FIELDS = {"context": int, "vision": bool, "tools": bool}


@pytest.mark.parametrize(
    ("name", "context", "vision", "tools", "audio"),
    [
        ("gpt-4o-mini", 128_000, True, True, False),
        ("gpt-4o-audio-preview", 128_000, False, True, True),
        ("gpt-4", 8_192, False, True, False),
        ("claude-sonnet-4-5-20250929", 200_000, True, True, False),
        ("claude-sonnet-5-5", 1_000_000, True, True, False),
        ("anthropic/claude-opus-5", 1_000_000, True, True, False),
        ("Qwen/Qwen3-8B", 32_000, False, True, False),
        ("llama3.2-vision:11b", 32_000, True, False, False),
        ("google/gemma-3-27b-it", 32_000, True, False, False),
        ("gemma3:1b", 32_000, False, False, False),
        ("nobody-knows-it", 32_000, False, False, False),
    ],
)
def test_the_longest_beginning_that_fits_a_name_counts(
    name: str, context: int, vision: bool, tools: bool, audio: bool
) -> None:
    info = registry.info(name)
    assert info.name == name
    assert (info.context, info.vision, info.tools, info.audio) == (context, vision, tools, audio)


def test_the_packaged_model_can_nothing_but_text() -> None:
    info = registry.LOCAL
    assert info.demo
    assert (info.vision, info.tools, info.audio) == (False, False, False)


def test_a_model_that_thinks_takes_no_temperature() -> None:
    assert registry.info("gpt-4o").temperature
    assert not registry.info("gpt-5-mini").temperature


def test_an_operator_s_word_wins_field_by_field(settings: Settings) -> None:
    settings.MODELS = {"Qwen3-8b": {"context": 16_384}, "ours": {"vision": True}}
    assert (registry.info("qwen3-8b").context, registry.info("qwen3-8b").tools) == (16_384, True)
    assert registry.info("ours-v2").vision


def test_a_models_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "models.toml"
    file.write_text('["ours"]\ncontext = 65_536\ntools = true\n', encoding="utf-8")
    monkeypatch.setenv("MODELS_FILE", str(file))
    assert env.tables("MODELS_FILE", FIELDS) == {"ours": {"context": 65_536, "tools": True}}


@pytest.mark.parametrize(
    "text", ["[ours]\nvison = true", "[ours]\nvision = 1", "ours = 1", "[ours", None]
)
def test_a_models_file_with_a_mistake_is_refused_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    file = tmp_path / "models.toml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("MODELS_FILE", str(file))
    with pytest.raises(ImproperlyConfigured, match=r"^MODELS_FILE"):
        env.tables("MODELS_FILE", FIELDS)


@pytest.mark.parametrize(
    ("address", "is_ollama"),
    [
        ("http://localhost:11434/v1", True),
        ("http://[::1]:11434/v1", True),
        ("http://localhost:8000/v1", False),
        ("", False),
        ("http://localhost:port/v1", False),
    ],
)
def test_ollama_is_known_by_its_port(address: str, is_ollama: bool) -> None:
    assert ollama.is_there(address) == is_ollama
