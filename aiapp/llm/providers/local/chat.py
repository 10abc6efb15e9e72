"""The packaged model's server speaks OpenAI's protocol."""

from typing import Any

from aiapp.llm.providers.openai.chat import Client as OpenAIClient


class Client(OpenAIClient):
    async def list_models(self) -> dict[str, dict[str, Any]]:
        # It calls its model by the name of a file.
        return {}
