"""The figures that each web process of a server has of its own, put together.

A scraper's request reaches one of them. That one asks the others, and labels everything with the
number of the process that it is about: whoever wants the server's figures adds them up.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector, CollectorRegistry

from aiapp.serving import siblings
from aiapp.serving.unix_http import SocketConnection

LABEL = "process"
OK = 200
ANSWER_SECONDS = 2.0


def join_figures(path: str, own: bytes) -> bytes:
    """Return the figures of all processes, of which this one's are known."""
    others = siblings.list_others()
    if not others:
        return own
    with ThreadPoolExecutor(len(others)) as threads:
        answers = threads.map(lambda socket: _ask(socket, path), others.values())
        found = dict(zip(others, answers, strict=True))
    return _write({siblings.get_number(): own, **found})


def _ask(socket: Path, path: str) -> bytes:
    """Return what another process answers, or nothing if it does not within two seconds."""
    connection = SocketConnection(socket, ANSWER_SECONDS)
    try:
        connection.request("GET", path, headers={siblings.HEADER: siblings.get_secret()})
        answer = connection.getresponse()
        return answer.read() if answer.status == OK else b""
    except (OSError, HTTPException):
        return b""
    finally:
        connection.close()


class _Families(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _write(texts: Mapping[int, bytes]) -> bytes:
    up = GaugeMetricFamily(
        "aiapp_web_process_up", "Whether a process of the web server answers.", labels=(LABEL,)
    )
    families: dict[str, Metric] = {up.name: up}
    for number, text in sorted(texts.items()):
        up.add_metric((str(number),), bool(text))
        for family in text_string_to_metric_families(text.decode()):
            whole = families.setdefault(family.name, family)
            for sample in family.samples:
                sample.labels[LABEL] = str(number)
            if whole is not family:
                whole.samples += family.samples
    registry = CollectorRegistry()
    registry.register(_Families(families.values()))
    return generate_latest(registry)
