"""The networks that a source may go into: public ones, and those that it was set up in.

Whoever has a host's name may have it lead elsewhere at any time, also into the operator's networks.
So a source whose server was outside when somebody set it up goes nowhere inside later on.
"""

import socket
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from aiapp.http.outgoing.fetch_guard import is_allowed
from documents.models import Source
from documents.sources.base import Config
from documents.sources.errors import MovedInside

_SCHEMES = ("http", "https", "imap", "imaps")


def is_inside(address: str) -> bool:
    """Tell whether a server has an address that only sources may be at."""
    return not is_allowed(address)


def choose_networks(config: Config) -> Any:
    """Return the networks that a source may go into beside public ones.

    One that lies outside leads nowhere inside, neither by a redirect nor by what it lists: whoever
    writes a feed is not who was let into the operator's networks.
    """
    if config.networks is not None:
        return config.networks
    hosts = _find_hosts(config)
    is_outside = hosts and settings.SOURCE_PRIVATE_NETWORKS and not _lead_inside(hosts)
    return [] if is_outside else settings.SOURCE_PRIVATE_NETWORKS


def hold_in_place(source: Source, config: Config) -> Config:
    """Return the settings of a source with the networks that it may go into from now on.

    Raises MovedInside where it was set up outside and its name leads inside now.
    """
    hosts = _find_hosts(config)
    if not (hosts and settings.SOURCE_PRIVATE_NETWORKS):
        return config
    found = _lead_inside(hosts)
    if found is None:
        # Nowhere, for now.
        return replace(config, networks=[])
    if source.is_inside is None:
        # Unless somebody changed its address meanwhile.
        unknown = Source.objects.filter(pk=source.pk, attempt=source.attempt, is_inside=None)
        unknown.update(is_inside=found)
    elif found and not source.is_inside:
        raise MovedInside
    # What was found is gone by: another look might find another address.
    return replace(config, networks=settings.SOURCE_PRIVATE_NETWORKS if found else [])


def _find_hosts(config: Config) -> set[str]:
    """Return the hosts that whoever set up the source has named, which vendors' kinds need not."""
    named = [config.address, *map(str, config.options.values())]
    parts = [urlsplit(each) for each in named if each.partition(":")[0] in _SCHEMES]
    return {each.hostname or "" for each in parts}


def _lead_inside(hosts: set[str]) -> bool | None:
    """Tell whether a host is in no public network, nor where everybody may fetch from.

    None where no name leads anywhere.
    """
    addresses = [address for host in hosts for address in _look_up(host)]
    return any(map(is_inside, addresses)) if addresses else None


def _look_up(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(address[0]) for *_, address in found]
