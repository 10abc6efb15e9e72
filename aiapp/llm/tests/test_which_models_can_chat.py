"""Of the models that a server lists, those are offered for questions that can answer one."""

import pytest

from aiapp.llm.catalogue.kinds import can_chat, detect_kind


@pytest.mark.parametrize(
    "name",
    [
        "gpt-4o", "gpt-4o-mini", "o3-mini", "gpt-5-chat-latest", "chatgpt-4o-latest",
        "claude-sonnet-5", "gemini-3-pro", "models/gemini-2.5-flash", "llama3.2:3b",
        "Qwen/Qwen3-8B", "mistral-large-latest", "deepseek-reasoner", "phi4", "gemma3:12b",
        "meta-llama/Llama-4-Scout", "stablelm-2-12b-chat", "command-r-plus", "pixtral-12b",
        "gpt-oss-120b", "ministral-8b", "nvidia/nemotron", "kimi-k2", "glm-4.6", "smollm2",
        "codestral-latest",
    ],
)  # fmt: skip
def test_a_model_that_chats_is_offered(name):
    assert can_chat(name)


@pytest.mark.parametrize(
    "name",
    [
        "text-embedding-3-small", "text-embedding-ada-002", "nomic-embed-text:latest", "bge-m3",
        "BAAI/bge-large-en-v1.5", "intfloat/e5-mistral-7b-instruct", "all-minilm:l6-v2",
        "mxbai-embed-large", "snowflake-arctic-embed2", "models/text-embedding-004",
        "models/gemini-embedding-001", "mistral-embed", "voyage-embed-3", "jina-embeddings-v3",
        "qwen3-embedding:0.6b", "embeddinggemma:300m", "BAAI/bge-reranker-v2-m3",
        "rerank-english-v3.0", "whisper-1", "whisper-large-v3-turbo", "gpt-4o-transcribe",
        "gpt-4o-mini-tts", "tts-1-hd", "kokoro", "hexgrad/Kokoro-82M",
        "dall-e-3", "gpt-image-1", "imagen-4.0-generate", "sora-2", "veo-3.0", "gpt-realtime",
        "omni-moderation-latest", "text-moderation-stable", "llama-guard-3-8b", "davinci-002",
        "babbage-002", "gpt-4o-realtime-preview", "stable-diffusion-xl", "canary-1b",
        "black-forest-labs/flux-1-schnell", "playai-tts", "mistral-ocr-latest", "cogview-4",
        "FunAudioLLM/CosyVoice2-0.5B", "paraformer-v2", "wanx2.1-t2i", "nvidia/nv-embedqa-e5-v5",
        "nvidia/llama-3.2-nv-rerankqa-1b-v2", "cogvideox-3", "MiniMax-Hailuo-02",
    ],
)  # fmt: skip
def test_models_of_vectors_speech_and_pictures_are_not(name):
    assert not can_chat(name)


@pytest.mark.parametrize(
    ("row", "chats"),
    [
        ({"id": "x"}, True),
        ({"id": "x", "type": "llm"}, True),
        ({"id": "x", "type": "vlm"}, True),
        ({"id": "x", "type": "chat"}, True),
        ({"id": "x", "object": "model", "type": "model"}, True),
        ({"id": "x", "type": "embeddings"}, False),
        ({"id": "x", "type": "embedding"}, False),
        ({"id": "x", "type": "image"}, False),
        ({"id": "x", "task": "embed"}, False),
        ({"id": "x", "capabilities": {"completion_chat": False}}, False),
        ({"id": "x", "capabilities": {"completion_chat": True}}, True),
        # As Mistral lists them.
        ({"id": "x", "capabilities": {"completion_chat": True}, "type": "base"}, True),
        ({"id": "x", "capabilities": {"completion_chat": True}, "type": "fine-tuned"}, True),
        ({"id": "x", "capabilities": {"completion_chat": None}, "type": "embedding"}, False),
        ({"id": "x", "capabilities": ["completion"], "type": None}, True),
        ({"id": "x", "type": 7}, True),
    ],
)
def test_what_the_server_says_of_a_model_counts(row, chats):
    assert can_chat("x", detect_kind(row)) is chats


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"id": "x", "supports_chat": False}, "other"),
        ({"id": "x", "supports_chat": True}, ""),
        ({"name": "embed-v4", "endpoints": ["embed"]}, "other"),
        ({"name": "command-a", "endpoints": ["chat", "generate"]}, ""),
        ({"name": "x", "endpoints": [["chat"]]}, "other"),
    ],
)
def test_fireworks_and_cohere_say_it_in_fields_of_their_own(row, kind):
    assert detect_kind(row) == kind
