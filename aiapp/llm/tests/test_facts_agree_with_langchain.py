"""The facts of `facts.toml` on vendors' models agree with LangChain's packages.

Their tables name each model, ours beginnings of names, for models that come later as well. So ours
is not made from theirs but compared, whenever a release of theirs is locked.
"""

import runpy
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from aiapp.llm.catalogue.facts import look_up_model
from aiapp.llm.catalogue.kinds import can_chat

FIELDS = {
    "context": "max_input_tokens",
    "output": "max_output_tokens",
    "vision": "image_inputs",
    "tools": "tool_calling",
    "audio": "audio_inputs",
    "temperature": "temperature",
}


def read_profiles(package: str) -> dict[str, dict[str, Any]]:
    """Read a package's table by itself; to import all of it takes every worker two seconds."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    found: dict[str, dict[str, Any]] = runpy.run_path(
        str(Path(spec.origin).parent / "data" / "_profiles.py")
    )["_PROFILES"]
    return found


PROFILES = {
    name: profile
    for package in ("langchain_openai", "langchain_anthropic")
    for name, profile in read_profiles(package).items()
    if can_chat(name)
}
# Where we know better: OpenAI's documentation lists functions for GPT-3.5 Turbo; these models take
# a temperature only where they are told not to think; and the answer is counted in.
OURS = {
    "gpt-3.5-turbo": {"tools": True},
    "gpt-5.1": {"temperature": False},
    "gpt-5.2": {"temperature": False},
    "gpt-5.3-codex": {"temperature": False, "context": 272_000},
    "gpt-5.4": {"temperature": False},
    "gpt-5.4-mini": {"temperature": False},
    "gpt-5.4-nano": {"temperature": False},
}


def test_there_are_models_to_compare():
    assert len(PROFILES) > 60
    assert PROFILES.keys() >= OURS.keys()


@pytest.mark.parametrize("name", PROFILES)
def test_a_model_can_do_what_its_package_says(name):
    profile, model = PROFILES[name], look_up_model(name)
    theirs = {field: profile[key] for field, key in FIELDS.items() if key in profile}
    ours = {field: getattr(model, field) for field in theirs}
    assert ours == theirs | OURS.get(name, {})
    if profile.get("reasoning_output") and (levels := profile.get("reasoning_effort_levels")):
        assert model.thinking is (set(levels) >= {"low", "medium", "high"})
    # An exception that is none any more is taken off the list.
    assert all(theirs[field] != value for field, value in OURS.get(name, {}).items())
