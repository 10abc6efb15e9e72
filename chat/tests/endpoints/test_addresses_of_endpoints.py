"""The address of a model's server is made of what people paste."""

import pytest
from django.core.exceptions import ValidationError

from chat.endpoints.addresses import clean_address


@pytest.mark.parametrize(
    ("kind", "pasted", "meant"),
    [
        ("openai", "", "https://api.openai.com/v1"),
        ("openai", "https://api.openai.com", "https://api.openai.com/v1"),
        ("openai", "https://api.openai.com/v1/", "https://api.openai.com/v1"),
        ("openai", "https://api.openai.com/v1//", "https://api.openai.com/v1"),
        ("openai", "https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1"),
        ("openai", "api.openai.com/v1/models", "https://api.openai.com/v1"),
        ("openai", " https://api.openai.com/v1\n", "https://api.openai.com/v1"),
        ("openrouter", "https://openrouter.ai/api/v1/", "https://openrouter.ai/api/v1"),
        ("openrouter", "openrouter.ai", "https://openrouter.ai/api/v1"),
        ("groq", "https://api.groq.com", "https://api.groq.com/openai/v1"),
        ("deepseek", "https://api.deepseek.com", "https://api.deepseek.com/v1"),
        (
            "gemini",
            "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
            "https://generativelanguage.googleapis.com/v1beta/openai",
        ),
        ("anthropic", "https://api.anthropic.com/v1/messages", "https://api.anthropic.com"),
        ("anthropic", "https://gateway.example/claude/v1/", "https://gateway.example/claude"),
        ("ollama", "localhost:11434", "http://localhost:11434/v1"),
        ("ollama", "http://192.168.1.20:11434/api/chat", "http://192.168.1.20:11434/v1"),
        ("ollama", "http://gpu:11434/api", "http://gpu:11434/v1"),
        ("ollama", "192.168.1.20:11434", "http://192.168.1.20:11434/v1"),
        ("ollama", "http://[::1]:11434/", "http://[::1]:11434/v1"),
        ("lmstudio", "http://host.docker.internal:1234", "http://host.docker.internal:1234/v1"),
        ("other", "https://gateway.example/team/v1/embeddings", "https://gateway.example/team/v1"),
        ("other", "gateway.example:8443/v2", "https://gateway.example:8443/v2"),
        ("azure", "https://acme.openai.azure.com/", "https://acme.openai.azure.com/openai/v1"),
        (
            "azure",
            "https://acme.openai.azure.com/openai/",
            "https://acme.openai.azure.com/openai/v1",
        ),
        (
            "azure",
            "https://acme.openai.azure.com/openai/v1/?api-version=preview",
            "https://acme.openai.azure.com/openai/v1",
        ),
        (
            "azure",
            "https://acme.openai.azure.com/openai/deployments/chat/chat/completions"
            "?api-version=2025-01-01-preview",
            "https://acme.openai.azure.com/openai/deployments/chat?api-version=2025-01-01-preview",
        ),
        (
            "azure",
            "https://acme.openai.azure.com/openai/deployments/chat",
            "https://acme.openai.azure.com/openai/deployments/chat?api-version=2024-10-21",
        ),
    ],
)
def test_an_address_is_made_of_what_was_pasted(kind: str, pasted: str, meant: str) -> None:
    assert clean_address(kind, pasted) == meant
    # What is saved again stays what it is.
    assert clean_address(kind, meant) == meant


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        ("", "Enter the address"),
        ("ftp://example.org", "begins with http"),
        ("file:///etc/passwd", "begins with http"),
        ("unix:///run/postgres.sock", "begins with http"),
        ("https://", "not the address"),
        ("https://exa mple..org:99999/v1", "not the address"),
        ("https://user:password@example.org/v1", "user name and password"),
        ("https://example.org/v1?key=sk-secret", "question mark"),
        ("http://169.254.169.254/latest/meta-data/", "not allowed"),
        ("http://[::ffff:169.254.169.254]/v1", "not allowed"),
        ("http://[fe80::1]/v1", "not allowed"),
        ("http://100.100.100.200/v1", "not allowed"),
        ("http://[::ffff:192.0.0.192]/v1", "not allowed"),
        ("http://[fd00:ec2::254]/v1", "not allowed"),
        ("http://168.63.129.16/v1", "not allowed"),
        ("http://metadata.google.internal/v1", "not allowed"),
        ("http://0.0.0.0:11434/v1", "not allowed"),
        ("https://example.org/" + "a" * 600, "Enter the address"),
    ],
)
def test_what_can_be_no_server_of_models_is_refused_with_the_reason(
    pasted: str, reason: str
) -> None:
    with pytest.raises(ValidationError, match=reason):
        clean_address("other", pasted)
