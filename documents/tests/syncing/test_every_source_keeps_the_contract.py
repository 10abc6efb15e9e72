"""One contract for all kinds of source, each against a server of its kind."""

import importlib
import logging
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest

from accounts.models import User
from documents.models import Source, SourceItem, Version
from documents.sources import credentials
from documents.sources.base import Checkpoint, End, Item
from documents.sources.connecting import build_config, open_source
from documents.sources.registry import KINDS
from documents.tests import source_servers
from documents.tests.source_servers import PLACES, Place
from documents.tests.sources import content, document, make_source, run, titles

pytestmark = pytest.mark.django_db(transaction=True)

for module in pkgutil.iter_modules(source_servers.__path__):
    importlib.import_module(f"{source_servers.__name__}.{module.name}")

FIRST = {"rules.md": "Be kind.", "trips/rome.md": "Rome in May.", "trips/oslo.md": "Oslo in June."}


# Kinds whose things have no names that change, of places where nobody signs in, and of this host.
NAMELESS, OPEN, OWN = {"feed", "imap"}, {"feed", "folder", "website"}, {"folder"}


def all_but(kinds: set[str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("place", sorted(KINDS.keys() - kinds), indirect=True)


def test_every_kind_has_a_server_here() -> None:
    assert set(PLACES) == set(KINDS)


@pytest.fixture(params=sorted(KINDS))
def place(request, settings, storage: Path, tmp_path: Path) -> Iterator[Place]:
    settings.SOURCE_PRIVATE_NETWORKS = [ip_network("127.0.0.0/8")]
    with PLACES[request.param](tmp_path) as made:
        for name, text in FIRST.items():
            made.write(name, text)
        yield made


@pytest.fixture
def source(alice: User, place: Place) -> Source:
    return make_source(alice, place.kind, **place.fields)


def names(place: Place, *paths: str) -> list[str]:
    return sorted(place.name(path) for path in paths)


def test_what_is_there_comes_and_what_happens_there_follows(source: Source, place: Place) -> None:
    run(source)
    assert source.error == ""
    assert titles(source) == names(place, *FIRST)
    kept = document(source, place.name("rules.md"))
    assert "Be kind." in content(kept).decode()

    place.write("rules.md", "Be kind and brief.")
    place.write("new.md", "A new one.")
    place.remove("trips/oslo.md")
    run(source)
    assert source.error == ""
    left = ["trips/oslo.md"] if place.is_window else []
    assert titles(source) == names(place, "rules.md", "trips/rome.md", "new.md", *left)
    assert "Be kind and brief." in content(document(source, place.name("rules.md"))).decode()
    if not place.is_immutable:
        assert kept.versions.count() == 2
    gone = source.collection.documents.get(title=place.name("trips/oslo.md"))
    assert "Oslo in June." in content(gone).decode()
    assert bool(gone.withdrawn) is not place.is_window

    count = Version.objects.count()
    run(source)
    run(source, is_full=True)
    assert source.error == ""
    assert Version.objects.count() == count


@all_but(NAMELESS)
def test_what_moves_there_stays_the_same_document(source: Source, place: Place) -> None:
    assert place.move is not None
    run(source)
    kept = document(source, place.name("trips/rome.md"))
    place.move("trips/rome.md", "journeys/Rome & more.md")
    run(source)
    assert titles(source) == names(place, "rules.md", "trips/oslo.md", "journeys/Rome & more.md")
    kept.refresh_from_db()
    assert kept.title == place.name("journeys/Rome & more.md")
    assert kept.versions.count() == 1


def test_names_may_hold_anything(source: Source, place: Place) -> None:
    wild = [
        "a b+c.md",
        "100%.md",
        "what?.md",
        "#1 & more.md",
        "café/größe.md",
        "한국어/여행.md",
        "a%20b.md",
    ]
    for number, name in enumerate(wild):
        place.write(name, f"Number {number}.")
    run(source)
    assert source.error == ""
    assert list(source.items.filter(state="failed")) == []
    assert titles(source) == names(place, *FIRST, *wild)
    run(source, is_full=True)
    assert Version.objects.count() == len(FIRST) + len(wild)


def test_a_listing_goes_on_at_each_of_its_checkpoints(source: Source, place: Place) -> None:
    with open_source(source, lambda: None) as connection:
        listed = list(connection.list_items(None, None))
        keys = [each.key for each in listed if isinstance(each, Item)]
        assert len(keys) == len(set(keys)) == len(FIRST)
        assert isinstance(listed[-1], End)
        for at, each in enumerate(listed):
            if isinstance(each, Checkpoint):
                before = [one.key for one in listed[:at] if isinstance(one, Item)]
                rest = connection.list_items(each.position, None)
                after = [one.key for one in rest if isinstance(one, Item)]
                assert sorted(before + after) == sorted(keys)


@all_but(OPEN)
def test_a_credential_that_is_refused_stops_it_and_removes_nothing(
    source: Source, place: Place
) -> None:
    assert place.refuse is not None
    run(source)
    place.refuse(True)
    run(source)
    assert (source.state, source.error_code) == (Source.State.STOPPED, "credential_refused")
    assert source.due is None
    assert titles(source) == names(place, *FIRST)
    place.refuse(False)
    run(source)
    assert (source.state, source.error) == (Source.State.IDLE, "")


@all_but(OWN)
def test_a_place_inside_of_the_house_is_not_reached(source: Source, place: Place, settings) -> None:
    settings.SOURCE_PRIVATE_NETWORKS = []
    run(source)
    assert source.error_code == "source_unavailable"
    assert titles(source) == []
    settings.SOURCE_PRIVATE_NETWORKS = [ip_network("127.0.0.0/8")]
    run(source)
    assert titles(source) == names(place, *FIRST)


@contextmanager
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.DEBUG):
        yield


@all_but(OPEN)
def test_a_credential_stands_nowhere(source: Source, place: Place, caplog) -> None:
    secret = credentials.read_credential(source)
    assert secret
    with everything_logged(caplog):
        run(source)
    assert secret not in caplog.text
    assert secret not in repr(build_config(source))
    assert secret not in "".join(map(repr, Source.objects.values_list()))
    assert secret not in "".join(map(repr, SourceItem.objects.values_list()))
