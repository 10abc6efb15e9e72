"""Writing of endpoints and their models."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Price
from aiapp.llm import registry
from chat.endpoints import keys
from chat.endpoints.addresses import get_origin
from chat.endpoints.probing import Report
from chat.models import Endpoint, EndpointModel

# A server's list is kept with the endpoint, so that pages need not ask for it.
MAX_LISTED = 2_000


def set_key(endpoint: Endpoint, key: str) -> None:
    """Encrypt a key into an endpoint, which is not saved here. Raises ValidationError."""
    endpoint.sealed_key = keys.seal(keys.clean_key(key))


def keep_key(endpoint: Endpoint, address: str) -> None:
    """Have the key that is set go on to be used at an address. Raises ValidationError.

    It goes to the server that it was entered for and to no other: whoever may change an address
    could have it sent to themselves. It is encrypted again, with the newest secret.
    """
    if not endpoint.sealed_key:
        return
    if get_origin(endpoint.address) != get_origin(address):
        raise ValidationError(
            _("Enter the key again: the stored one was entered for another server."),
            code="another_server",
        )
    try:
        endpoint.sealed_key = keys.reseal(endpoint.sealed_key)
    except keys.KeyUnreadable:
        # It stays as it is, and the page says so.
        return


def note_report(endpoint: Endpoint, report: Report) -> None:
    """Keep what a server said of itself, in an endpoint that is not saved here."""
    endpoint.read_at, endpoint.error = timezone.now(), report.fault[:400]
    if report.address:
        endpoint.address = report.address
    if report.models:
        kept = dict(list(report.models.items())[:MAX_LISTED])
        # What a test has found out is not forgotten for what a list leaves out.
        endpoint.listed = {
            name: {**endpoint.listed.get(name, {}), **said} for name, said in kept.items()
        }


def choose_name(endpoint: Endpoint, upstream: str) -> str:
    """Return the name for a model: its own where nothing here has it, or else with its endpoint's.

    A model of the environment keeps its name until an administrator gives it to another.
    """
    taken = EndpointModel.objects.filter(name=upstream).exists()
    if taken or upstream in registry.known_names():
        return f"{endpoint.name}/{upstream}"
    return upstream


@transaction.atomic
def switch_on(endpoint: Endpoint, names: Sequence[str]) -> list[EndpointModel]:
    """Switch models on by their names at the endpoint; those that are there stay as they are.

    Raises ValidationError.
    """
    added = []
    for name in dict.fromkeys(names):
        existing = endpoint.models.filter(upstream=name).first()
        if existing is not None:
            if not existing.is_enabled:
                existing.is_enabled = True
                existing.save(update_fields=["is_enabled"])
            continue
        model = EndpointModel(endpoint=endpoint, upstream=name, name=choose_name(endpoint, name))
        model.full_clean()
        model.save()
        _keep_listed_price(model, endpoint.listed.get(name, {}))
        added.append(model)
    return added


@transaction.atomic
def switch_off(endpoint: Endpoint, names: Sequence[str]) -> None:
    """Switch models off; what was said of them is kept for when they are switched on again."""
    endpoint.models.filter(upstream__in=list(names)).update(is_enabled=False, is_default=False)
    endpoint.save(update_fields=["changed"])


@transaction.atomic
def make_default(model: EndpointModel) -> None:
    """Have a model answer whoever chooses none. Raises ValidationError."""
    if not model.is_for_all:
        raise ValidationError(
            _("The default model must be for everybody; this one is restricted to groups."),
            code="restricted",
        )
    EndpointModel.objects.filter(is_default=True).exclude(pk=model.pk).update(is_default=False)
    model.is_default = model.is_enabled = True
    model.save(update_fields=["is_default", "is_enabled"])


def restrict(model: EndpointModel, groups: Sequence[Group]) -> None:
    """Open a model to the members of groups alone."""
    model.is_for_all, model.is_default = not groups, model.is_default and not groups
    model.save(update_fields=["is_for_all", "is_default"])
    model.groups.set(groups)


def set_price(name: str, read: Decimal | None, written: Decimal | None) -> None:
    """Write a model's price into the price table; without either figure it has none."""
    if read is None and written is None:
        Price.objects.filter(model=name).delete()
        return
    prices = {"input": read or Decimal(0), "output": written or Decimal(0)}
    Price.objects.update_or_create(model=name, defaults=prices)


def _keep_listed_price(model: EndpointModel, listed: Mapping[str, Any]) -> None:
    """Take a price over that the server lists, unless somebody has entered one."""
    price = listed.get("price")
    if isinstance(price, dict) and not Price.objects.filter(model=model.name).exists():
        set_price(model.name, Decimal(str(price["input"])), Decimal(str(price["output"])))


def rotate_keys() -> tuple[int, list[str]]:
    """Encrypt all keys with the newest secret; return how many, and whose could not be read."""
    done, unreadable = 0, []
    for endpoint in Endpoint.objects.exclude(sealed_key=""):
        try:
            endpoint.sealed_key = keys.reseal(endpoint.sealed_key)
        except keys.KeyUnreadable:
            unreadable.append(endpoint.name)
            continue
        endpoint.save(update_fields=["sealed_key"])
        done += 1
    return done, unreadable
