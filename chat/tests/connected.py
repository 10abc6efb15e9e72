"""Endpoints and models as an administrator connects them, for tests."""

from typing import Any

from django.contrib.auth.models import Group

from chat.endpoints import connecting
from chat.models import Endpoint, EndpointModel

KEY = "sk-of-a-row-0123456789abcdef"


def connect(
    name: str, address: str, *, key: str = KEY, kind: str = "other", **more: Any
) -> Endpoint:
    endpoint = Endpoint(name=name, kind=kind, address=address, **more)
    connecting.set_key(endpoint, key)
    endpoint.save()
    return endpoint


def switch_on(endpoint: Endpoint, upstream: str, *groups: Group, **more: Any) -> EndpointModel:
    """Switch a model on, for everybody or for groups, with fields of one's own."""
    (model,) = connecting.switch_on(endpoint, [upstream])
    for field, value in more.items():
        setattr(model, field, value)
    model.save()
    if groups:
        connecting.restrict(model, groups)
    return model
