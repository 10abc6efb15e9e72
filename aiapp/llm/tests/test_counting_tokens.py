"""Tokens are counted where the vocabulary is at hand, and else estimated on the safe side."""

from pathlib import Path

import pytest
from pytest_django import Settings

from aiapp.llm import tokens
from tests.processes.model_servers import Server

KOREAN = "모든 국민은 인간으로서의 존엄과 가치를 가지며, 행복을 추구할 권리를 가진다. " * 8
ENGLISH = "The harbour of Seaford opens at seven in the morning, and the ferry leaves at nine. " * 8
NUMBERS = "1204.55,98311.20,7.07\n" * 30
CODE = Path(tokens.__file__).read_text(encoding="utf-8")
# As OpenAI's own tokenizer counts them.
COUNTS = {"hello world": 2, "안녕하세요": 2, "The quick brown fox jumps over the lazy dog.": 10}


@pytest.fixture
def _vocabularies() -> None:
    pytest.importorskip("tiktoken")
    if tokens.vocabulary("o200k_base") is None:
        pytest.skip("bpe-openai is not installed")


@pytest.mark.usefixtures("_vocabularies")
@pytest.mark.parametrize(("text", "many"), COUNTS.items())
def test_openai_s_models_are_counted_by_their_vocabulary(text: str, many: int) -> None:
    assert tokens.count(text, "gpt-4o-mini") == many


@pytest.mark.usefixtures("_vocabularies")
def test_what_looks_like_a_special_token_is_text() -> None:
    assert tokens.count("<|endoftext|>", "gpt-4o") > 1


@pytest.mark.usefixtures("_vocabularies")
@pytest.mark.parametrize("text", [KOREAN, ENGLISH, NUMBERS, CODE])
def test_an_estimate_is_near_the_count_in_any_script(text: str) -> None:
    exactly = tokens.count(text, "gpt-4o")
    assert 0.8 * exactly <= tokens.estimate(text) <= 1.3 * exactly


@pytest.mark.parametrize("text", [KOREAN, ENGLISH, NUMBERS, CODE])
def test_models_that_nobody_can_count_for_are_reckoned_with_more(text: str) -> None:
    unknown, claude = tokens.count(text, "nobody-knows-it"), tokens.count(text, "claude-opus-5")
    assert tokens.estimate(text) < unknown < claude


def test_the_packaged_model_s_count_is_what_its_server_says_or_a_little_more(
    chat_server: Server, settings: Settings
) -> None:
    import httpx2  # noqa: PLC0415 - only for this one

    transport = httpx2.HTTPTransport(uds=chat_server.base_url.removeprefix("unix://"))
    headers = {"Authorization": f"Bearer {chat_server.key}"}
    with httpx2.Client(transport=transport, headers=headers, base_url="http://localhost") as http:
        for text in (KOREAN, ENGLISH, NUMBERS, CODE):
            exactly = len(http.post("/tokenize", json={"content": text}).json()["tokens"])
            many = tokens.count(text, settings.LOCAL_CHAT_MODEL)
            assert 0.95 * exactly <= many <= 1.6 * exactly, text[:20]


def test_a_vocabulary_that_is_not_what_it_should_be_is_not_used(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TIKTOKEN_CACHE_DIR = str(tmp_path)
    (tmp_path / "fb374d419588a4632f3f557e76b4b70aebbca790").write_bytes(b"AAAA 0\n")
    assert tokens.vocabulary.__wrapped__("o200k_base") is None


def test_half_a_character_and_nothing_at_all_can_be_counted() -> None:
    assert tokens.estimate("") == tokens.count("", "nobody-knows-it") == 1
    assert tokens.estimate("\ud800") >= 1


@pytest.mark.parametrize("text", [KOREAN, ENGLISH, NUMBERS, "x" * 5_000])
def test_a_text_is_shortened_to_what_fits_and_no_more(text: str) -> None:
    cut = tokens.shorten(text, 50)
    assert text.startswith(cut)
    assert 25 < tokens.estimate(cut) <= 50
    assert tokens.shorten(text, 100_000) == text
