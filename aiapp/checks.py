"""Settings that a site must not be opened to other people with.

As soon as SITE_URL is not this machine they are errors of every management command, and neither
Celery nor `aiapp.server` starts; the latter does not listen for other machines with them at all.
"""

import ipaddress
import sys
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

SECRET_LENGTH = 32
SECRET_VARIETY = 10
# What examples and tutorials use, some of them for years.
EXAMPLES = {
    "admin", "aiapp", "changeme", "change-me", "default", "example", "guest", "pass", "passwd",
    "password", "postgres", "redis", "root", "secret", "test", "user", "valkey", "123456",
}  # fmt: skip
LOCAL_NAMES = {"localhost", ""}


def is_loopback(host: str) -> bool:
    """Check whether only this machine can reach the host."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host in LOCAL_NAMES or host.endswith(".localhost")


def is_public() -> bool:
    """Check whether the site is meant for other machines."""
    return not is_loopback(urlsplit(settings.SITE_URL).hostname or "")


def faults() -> list[checks.CheckMessage]:
    """List what makes the settings unsafe for anybody but the developer."""
    return [
        checks.Error(message, hint=hint, id=f"aiapp.E{number:03}")
        for number, (is_broken, message, hint) in enumerate(_rules(), 1)
        if is_broken
    ]


def end_if_unsafe() -> None:
    """End the process with the reasons. For programs that run no system checks by themselves."""
    found = faults()
    for fault in found:
        sys.stderr.write(f"{fault.msg} {fault.hint}\n")
    if found:
        sys.exit("Not starting: these settings are not safe for a site that others reach.")


def _rules() -> Iterator[tuple[bool, str, str]]:
    yield (
        is_weak_secret(settings.SECRET_KEY),
        "SECRET_KEY is missing, an example or too weak.",
        'Make one: python -c "import secrets; print(secrets.token_urlsafe(64))"',
    )
    yield (
        settings.DEBUG,
        "DEBUG is on, which shows code and settings to everybody.",
        "Unset DEBUG.",
    )
    yield (
        "*" in settings.ALLOWED_HOSTS,
        "ALLOWED_HOSTS takes every name.",
        "List the names of the site.",
    )
    yield (
        _is_bad_database(settings.DATABASES["default"]),
        "The password in DATABASE_URL is missing or an example.",
        "Give the database's user a random password.",
    )
    yield (
        _is_bad_address(settings.REDIS_URL),
        "The password in REDIS_URL is missing or an example.",
        "Set requirepass at the server and write redis://:PASSWORD@HOST:6379/0.",
    )


def is_weak_secret(secret: str) -> bool:
    low = secret.lower()
    return (
        len(secret) < SECRET_LENGTH
        or len(set(secret)) < SECRET_VARIETY
        or "insecure" in low
        or any(word in low for word in ("changeme", "change-me", "your-secret", "example"))
    )


def _is_bad_database(database: dict[str, Any]) -> bool:
    host = str(database["HOST"])
    if host.startswith("/") or is_loopback(host):
        return False
    certified = {"sslcert", "passfile", "service"} & set(database["OPTIONS"])
    return not certified and _is_bad_password(str(database["PASSWORD"]))


def _is_bad_address(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "unix" or is_loopback(parts.hostname or ""):
        return False
    return _is_bad_password(unquote(parts.password or ""))


def _is_bad_password(password: str) -> bool:
    return password.lower() in EXAMPLES or not password


@checks.register(checks.Tags.security)
def unsafe_for_others(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    return faults() if is_public() else []


@checks.register(checks.Tags.security, deploy=True)
def unfit_for_production(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Add to `check --deploy` what Django itself does not check."""
    messages: list[checks.CheckMessage] = [] if is_public() else faults()
    if is_public() and not settings.SITE_IS_HTTPS:
        messages.append(
            checks.Warning(
                "SITE_URL is not https, so sessions and documents cross the network readable.",
                hint="Put a proxy with a certificate in front; see docs/operations.md.",
                id="aiapp.W001",
            )
        )
    if settings.SITE_IS_HTTPS and not settings.TRUSTED_PROXIES:
        messages.append(
            checks.Warning(
                "SITE_URL is https, but TRUSTED_PROXIES is 0: requests will seem to be plain HTTP"
                " and all to come from the proxy.",
                hint="Set TRUSTED_PROXIES to the number of proxies before the web server.",
                id="aiapp.W002",
            )
        )
    return messages
