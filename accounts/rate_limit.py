"""How often somebody may try: by real client address and by the name that is tried."""

import hashlib
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError

from aiapp.errors import TooManyRequests, Unavailable

# Whoever has one IPv6 address usually has the 2^64 around it.
IPV6_PREFIX = 64


def client_address(request: HttpRequest) -> str:
    """The address that the outermost proxy of ours saw.

    Each proxy appends the address it was called from, so the client's own is as many entries
    from the right as there are proxies of ours; what stands before was written by the client.
    """
    peer: str = request.META.get("REMOTE_ADDR") or "unknown"
    if not settings.TRUSTED_PROXIES:
        return peer
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    place = len(forwarded) - settings.TRUSTED_PROXIES
    return forwarded[place] if place >= 0 and forwarded[place] else peer


def limit(request: HttpRequest, group: str, name: str = "", rate: str = "") -> None:
    """Count a try of a group of actions. Raises TooManyRequests above `rate`, or LOGIN_RATE.

    The counts are in Redis, so all web servers share them. Without Redis nobody gets in:
    an outage must not be the moment to guess passwords.
    """
    keys = [_network(client_address(request))] + ([name.lower()] if name else [])
    for key in keys:
        hashed = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
        try:
            usage = get_usage(
                request,
                group=group,
                key=lambda *_, value=hashed: value,
                rate=rate or settings.LOGIN_RATE,
                increment=True,
            )
        except RedisError as error:
            raise Unavailable(retry_after=5) from error
        if usage and usage["should_limit"]:
            raise TooManyRequests(retry_after=max(usage["time_left"], 1))


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and not parsed.ipv4_mapped:
        return str(ip_network((parsed, IPV6_PREFIX), strict=False))
    return str(parsed)
