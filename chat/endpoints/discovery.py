"""Servers of models that already run on this machine, or on the host of this container."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from django.conf import settings

from chat.endpoints.presets import PRESETS
from chat.endpoints.probing import Server, probe
from chat.models import Endpoint

HOSTS = ("localhost", "host.docker.internal")
SECONDS = 1.0
MAX_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A server that answered with a list of its models."""

    kind: str
    address: str
    models: Sequence[str]

    @property
    def title(self) -> str:
        return PRESETS[self.kind].title


async def find_local() -> list[LocalServer]:
    """Ask where such servers listen by themselves; whoever does not answer at once is not there."""
    candidates = [
        Server(kind, f"http://{host}:{preset.port}{preset.path}")
        for (kind, preset), host in product(PRESETS.items(), HOSTS)
        # This site itself listens where vLLM does.
        if preset.is_local and not (host == HOSTS[0] and preset.port == settings.PORT)
    ]
    tasks = [asyncio.create_task(_ask(server)) for server in candidates]
    done, late = await asyncio.wait(tasks, timeout=MAX_SECONDS)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    found = [task.result() for task in tasks if task in done]
    return _drop_repeated([server for server in found if server is not None])


def leave_out_known(servers: Sequence[LocalServer]) -> list[LocalServer]:
    """Return those that nobody has connected yet."""
    known = set(Endpoint.objects.values_list("address", flat=True)) | {settings.OPENAI_BASE_URL}
    return [server for server in servers if server.address not in known]


async def _ask(server: Server) -> LocalServer | None:
    report = await probe(server, seconds=SECONDS)
    if not report.models:
        return None
    return LocalServer(server.kind, report.address or server.address, list(report.models))


def _drop_repeated(servers: Sequence[LocalServer]) -> list[LocalServer]:
    """Return each once: without a container both hosts may be the same machine."""
    by_models = {(server.kind, tuple(server.models)): server for server in reversed(servers)}
    return [server for server in servers if server in by_models.values()]
