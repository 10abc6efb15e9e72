"""A collector that OpenTelemetry's spans are sent to in tests, by OTLP over HTTP."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.processes import web_server


@dataclass(frozen=True)
class Span:
    name: str
    trace: str
    status: str
    attributes: dict[str, str]


@dataclass
class Collector:
    url: str = ""
    spans: list[Span] = field(default_factory=list)
    # All that arrived, as it came.
    raw: list[bytes] = field(default_factory=list)

    def find_spans(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.headers.get("Content-Encoding") == "gzip" and body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        self.raw.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.spans += [
                    Span(
                        span.name,
                        span.trace_id.hex(),
                        span.status.message,
                        {each.key: str(each.value) for each in span.attributes},
                    )
                    for span in scope.spans
                ]
        return web.Response(body=b"", content_type="application/x-protobuf")


@contextmanager
def running() -> Iterator[Collector]:
    collector = Collector()
    with web_server.running("127.0.0.1") as server:
        server.pages["/v1/traces"] = collector.take
        collector.url = server.url("").rstrip("/")
        yield collector
