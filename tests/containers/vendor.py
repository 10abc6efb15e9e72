"""A vendor of models for the check, in a container of its own: chat and embeddings."""

from aiohttp import web
from fake_embeddings import vector
from fake_model import FakeModel


async def embed(request: web.Request) -> web.Response:
    texts = (await request.json())["input"]
    data = [{"index": n, "embedding": vector(text)} for n, text in enumerate(texts)]
    return web.json_response({"object": "list", "model": "fake", "data": data, "usage": {}})


app = FakeModel().app()
app.router.add_post("/v1/embeddings", embed)
web.run_app(app, host="0.0.0.0", port=9000, print=None, handler_cancellation=True)  # noqa: S104
