"""The addresses that a URL given by somebody may lead to: public web servers, nothing else.

The last check is made on the very address that a socket is about to be connected to, whatever
spelling, redirect or name server it came from. So no two parsers need to agree on a URL, and a
name that changes its address between a check and the connection gains nothing.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings
from yarl import URL

from aiapp.errors import InvalidInput

SCHEMES = {"http", "https"}
MAX_URL_CHARS = 2_000
# Where clouds tell their machines secrets, at addresses that are not link-local: Azure, Alibaba,
# Oracle, Amazon.
METADATA = frozenset(
    map(ip_address, ("168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"))
)
# What `ipaddress` counts as public and is none, in some release of Python: addresses of protocols
# and of examples, and IPv6 networks that wrap an IPv4 address or may be routed inside of a site.
_NOT_PUBLIC = tuple(
    ip_network(network)
    for network in (
        *("192.0.0.0/24", "192.88.99.0/24"),
        *("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2002::/16"),
        *("3fff::/20", "5f00::/16", "fec0::/10"),
    )
)

# What a socket factory is given: family, kind, protocol, canonical name, address.
AddressInfo = tuple[Any, Any, int, str, tuple[Any, ...]]


class AddressRefused(OSError):
    """The address that a socket was to be connected to is not public."""


def make_refusal() -> InvalidInput:
    """One answer to names without an address and to addresses inside: ours are nobody's business"""
    return InvalidInput("There is no public web page at this address.", code="address_refused")


def check_url(text: str) -> URL:
    """The URL, if its form is one that a web page's may have. Raises InvalidInput."""
    if len(text) > MAX_URL_CHARS or not text.isprintable() or set(text) & set(" \\"):
        raise make_refusal()
    try:
        url = URL(text)
        # Read here: a name in Punycode that means nothing raises only now.
        host, port = url.host, url.port
    except (ValueError, UnicodeError) as error:
        raise make_refusal() from error
    has_credentials = url.user is not None or url.password is not None
    if url.scheme not in SCHEMES or not host or has_credentials:
        raise make_refusal()
    if str(port) not in settings.FETCH_PORTS:
        raise make_refusal()
    return url.with_fragment(None)


def is_allowed(address: str, networks: Any = ()) -> bool:
    """Check that something may be fetched from the address, as the operating system writes it.

    `networks` may be reached beside those of FETCH_PRIVATE_NETWORKS.
    """
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    known = _in(parsed, settings.FETCH_PRIVATE_NETWORKS) or _in(parsed, networks)
    return known or _is_public(parsed)


def is_of_no_server(address: IPv4Address | IPv6Address) -> bool:
    """Tell an address at which nobody keeps a server, be it on the networks of a site."""
    address = getattr(address, "ipv4_mapped", None) or address
    is_odd = address.is_link_local or address.is_multicast or address.is_unspecified
    return is_odd or address in METADATA


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and address not in METADATA
        and not _in(address, _NOT_PUBLIC)
    )


def _in(address: IPv4Address | IPv6Address, networks: Any) -> bool:
    return any(address in network for network in networks)


def open_guarded_socket(info: AddressInfo) -> socket.socket:
    """A socket for a connection to the address. Raises AddressRefused instead of making one."""
    family, kind, protocol, _, address = info
    if not is_allowed(str(address[0])):
        raise AddressRefused("not a public address")
    made = socket.socket(family, kind, protocol)
    made.setblocking(False)
    return made
