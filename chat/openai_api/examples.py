"""Examples of bodies in OpenAI's protocol, whose own documentation says the rest."""

# The schema of what is described there.
OBJECT = {"schema": {"type": "object"}}
COMPLETION = {
    "id": "chatcmpl-0193b1d2-8a04-7b9e-b1c2-3d4e5f607182",
    "object": "chat.completion",
    "created": 1_795_426_200,
    "model": "gpt-4.1-mini",
    "system_fingerprint": "fp_aiapp",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello!", "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 512, "completion_tokens": 14, "total_tokens": 526},
}
