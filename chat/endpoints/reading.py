"""Asking an endpoint that is being saved or looked at, and its models as pages show them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from asgiref.sync import async_to_sync

from accounts.limits import ledger
from aiapp.llm.base import ModelInfo
from aiapp.llm.catalogue import facts
from aiapp.llm.catalogue.kinds import KIND, can_chat
from aiapp.llm.providers.openai import ollama
from chat.endpoints import connecting, keys, loading
from chat.endpoints.presets import OLLAMA, PRESETS
from chat.endpoints.probing import Report, Server, probe
from chat.endpoints.trials import Findings, try_model
from chat.models import Endpoint, EndpointModel

# A page shows no more of those that are not switched on.
MAX_SHOWN = 300


@dataclass(frozen=True, slots=True)
class ShownModel:
    """A model of an endpoint: what it can do, and its row if it was ever switched on."""

    upstream: str
    info: ModelInfo
    row: EndpointModel | None = None
    price: dict[str, float] | None = None

    @property
    def is_on(self) -> bool:
        return self.row is not None and self.row.is_enabled


def choose_endpoint_name(kind: str) -> str:
    """Return a name that no endpoint has yet."""
    taken = set(Endpoint.objects.filter(name__startswith=kind).values_list("name", flat=True))
    names = (kind if number == 1 else f"{kind}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def build_server(endpoint: Endpoint) -> Server:
    """Raises KeyUnreadable."""
    return Server(endpoint.kind, endpoint.address, keys.unseal(endpoint.sealed_key))


def read_now(endpoint: Endpoint) -> Report:
    """Ask an endpoint for its models and note what it says; it is not saved here."""
    try:
        server = build_server(endpoint)
    except keys.KeyUnreadable:
        report = Report(fault=str(loading.describe_locked_key()))
    else:
        report = async_to_sync(_read)(server)
    connecting.note_report(endpoint, report)
    return report


async def _read(server: Server) -> Report:
    report = await probe(server)
    if server.kind != OLLAMA:
        return report
    told = await ollama.describe(report.address or server.address, server.key, report.models)
    models = {name: {**said, **told.get(name, {})} for name, said in report.models.items()}
    return replace(report, models=models)


def test_now(model: EndpointModel) -> Findings:
    """Try what a model can do, and keep it. Raises KeyUnreadable."""
    endpoint = model.endpoint
    server = build_server(endpoint)
    sees = look_up(endpoint, model.upstream, model).vision
    described = loading.describe_endpoint(endpoint)
    findings = async_to_sync(try_model)(server, described, model.upstream, sees=sees)
    if findings.facts:
        said = endpoint.listed.get(model.upstream, {}) | findings.facts
        endpoint.listed = endpoint.listed | {model.upstream: said}
        endpoint.save(update_fields=["listed", "changed"])
    return findings


def look_up(endpoint: Endpoint, upstream: str, row: EndpointModel | None = None) -> ModelInfo:
    """Return what a model can do, as it would be if it were switched on."""
    listed = dict(loading.keep_abilities(endpoint.listed.get(upstream, {})))
    return facts.look_up_model(upstream, {**listed, **(row.overrides if row else {})})


def list_for_page(endpoint: Endpoint) -> list[ShownModel]:
    """Return an endpoint's models: those that are switched on first, then what else can chat."""
    rows = list(endpoint.models.prefetch_related("groups"))
    prices = ledger.price_list()
    shown = [
        ShownModel(row.upstream, look_up(endpoint, row.upstream, row), row, prices.get(row.name))
        for row in sorted(rows, key=lambda row: not row.is_enabled)
    ]
    known = {row.upstream for row in rows}
    others = [name for name in list_chatting(endpoint) if name not in known][:MAX_SHOWN]
    return [*shown, *(_show_listed(endpoint, name) for name in others)]


def list_chatting(endpoint: Endpoint) -> Iterator[str]:
    """Yield the names of those listed models that hold conversations."""
    if not PRESETS[endpoint.kind].lists_models:
        return
    for name, said in endpoint.listed.items():
        if can_chat(name, str(said.get(KIND, ""))):
            yield name


def _show_listed(endpoint: Endpoint, name: str) -> ShownModel:
    price: Any = endpoint.listed[name].get("price")
    return ShownModel(name, look_up(endpoint, name), price=price)
