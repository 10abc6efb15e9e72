"""Each model is asked of its own vendor, and all that may be asked for are listed together."""

import pytest
from pytest_django import Settings

from aiapp.errors import InvalidInput
from aiapp.llm import registry, vendors


@pytest.fixture(autouse=True)
def _both(settings: Settings, fake_model: str, fake_claude: str) -> None:
    settings.LOCAL_CHAT = False
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = fake_model, "sk-123"
    settings.ANTHROPIC_BASE_URL, settings.ANTHROPIC_API_KEY = fake_claude, "sk-123"
    settings.CHAT_MODEL, settings.CHAT_MODELS = "echo", ["claude-thinks"]


async def test_the_models_of_all_vendors_are_listed_the_default_first_and_quotes_last() -> None:
    names = await registry.names()
    assert names[:2] == ["echo", "claude-thinks"]
    assert names[-1] == "quotes"
    assert {"count-20-5", "claude-echo"} <= set(names)


async def test_an_endpoint_that_does_not_answer_leaves_the_others(settings: Settings) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    assert set(await registry.names()) == {"echo", "claude-thinks", "claude-echo"} | {
        *("claude-count-20-5", "quotes")
    }


async def test_what_a_server_says_of_its_context_is_believed(settings: Settings) -> None:
    await registry.names()
    assert registry.info("count-20-5").context == 4_096
    settings.MODELS = {"count-20-5": {"context": 2_048}}
    assert registry.info("count-20-5").context == 2_048


async def test_a_name_that_nobody_lists_may_not_be_asked_for() -> None:
    assert await registry.resolve("claude-echo") == "claude-echo"
    with pytest.raises(InvalidInput):
        await registry.resolve("gpt-9")


@pytest.mark.parametrize(
    ("model", "vendor"),
    [("claude-opus-5", "anthropic"), ("anthropic/claude-opus-5", "openai"), ("gpt-4o", "openai")],
)
def test_a_model_s_name_tells_its_vendor(model: str, vendor: str) -> None:
    assert vendors.vendor_of(model) == vendor


def test_a_claude_at_a_gateway_of_openai_s_protocol_is_asked_there(settings: Settings) -> None:
    settings.ANTHROPIC_BASE_URL = settings.ANTHROPIC_API_KEY = ""
    assert vendors.vendor_of("claude-opus-5") == "openai"


def test_the_operator_may_say_whose_a_model_is(settings: Settings) -> None:
    settings.MODELS = {"our-own": {"vendor": "anthropic"}, "claude-x": {"vendor": "openai"}}
    assert vendors.vendor_of("our-own") == "anthropic"
    assert vendors.vendor_of("claude-x") == "openai"


async def test_without_any_vendor_there_are_quotes_and_the_packaged_model_to_choose_from(
    settings: Settings,
) -> None:
    settings.LOCAL_CHAT, settings.LOCAL_CHAT_KEY = True, "of the packaged server"
    settings.ANTHROPIC_BASE_URL = settings.ANTHROPIC_API_KEY = ""
    settings.CHAT_MODEL, settings.CHAT_MODELS = settings.QUOTES_MODEL, []
    assert await registry.names() == ["quotes", settings.LOCAL_CHAT_MODEL]
    assert vendors.vendor_of("quotes") == "quotes"
    assert vendors.vendor_of(settings.LOCAL_CHAT_MODEL) == "local"
    assert await registry.resolve(settings.LOCAL_CHAT_MODEL) == settings.LOCAL_CHAT_MODEL


async def test_the_packaged_model_is_offered_where_its_server_is(settings: Settings) -> None:
    settings.LOCAL_CHAT, settings.LOCAL_CHAT_KEY = True, ""
    settings.CHAT_MODEL, settings.CHAT_MODELS = settings.QUOTES_MODEL, []
    assert registry.known_names() == ["quotes"]
