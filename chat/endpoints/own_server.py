"""The site's own model server: the models that lie here for it, and the one that it serves."""

from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.db import transaction

from aiapp.embedded.hub.shelf import FOLDER, LocalModel, Shelf
from aiapp.sql.deletion import delete_rows
from chat.endpoints.connecting import make_default, switch_on
from chat.endpoints.presets import OWN
from chat.models import Endpoint, EndpointModel

NAME = "this-site"


def get_shelf() -> Shelf:
    return Shelf(settings.DATA_DIR / "models" / FOLDER)


def is_there() -> bool:
    """Tell that this installation has a server that can run what is downloaded."""
    socket = Path(settings.LOCAL_CHAT_URL.removeprefix("unix://"))
    return socket.exists() or find_spec("xllamacpp") is not None


def use(name: str) -> EndpointModel:
    """Have the server serve a model that lies here, and offer it to those who may use it.

    One for everybody answers whoever chooses none, unless an administrator has named another.
    Raises NotFound.
    """
    model = get_shelf().get(name)
    with transaction.atomic():
        endpoint = _describe(model)
        switch_on(endpoint, [name])
        # The server has one at a time.
        endpoint.models.exclude(upstream=name).update(is_enabled=False, is_default=False)
        row = endpoint.models.get(upstream=name)
        has_default = EndpointModel.objects.filter(is_default=True).exists()
        if settings.LOCAL_CHAT and row.is_for_all and not has_default:
            make_default(row)
    get_shelf().choose(name)
    return row


def remove(name: str) -> None:
    """Delete a model that lies here. Raises NotFound, and Conflict for the one that is served."""
    get_shelf().remove(name)
    delete_rows(EndpointModel.objects.filter(endpoint__kind=OWN, upstream=name))


def rest() -> None:
    """Have the server serve none of them any more."""
    get_shelf().choose(None)
    delete_rows(Endpoint.objects.filter(kind=OWN))


def _describe(model: LocalModel) -> Endpoint:
    endpoint, _ = Endpoint.objects.get_or_create(name=NAME, defaults={"kind": OWN, "address": OWN})
    endpoint.listed = {**endpoint.listed, model.name: {"context": model.context}}
    endpoint.is_enabled = True
    endpoint.save()
    return endpoint
