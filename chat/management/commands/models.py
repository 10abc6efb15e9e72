"""Connect, list, test, download and remove models: manage.py models list|add|test|pull|…"""

import os
import sys
from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from aiapp.errors import AppError, NotFound
from aiapp.llm import registry, vendors
from aiapp.sql.deletion import delete_rows
from chat.endpoints import connecting, keys, loading, own_server
from chat.endpoints.addresses import clean_address
from chat.endpoints.presets import PRESETS
from chat.endpoints.reading import choose_endpoint_name, list_chatting, read_now, test_now
from chat.endpoints.trials import Outcome
from chat.management import pull
from chat.models import Endpoint, EndpointModel

MAX_LISTED = 50


class Command(BaseCommand):
    help = (
        "Connect models as the administration does. A key is read from a file, from standard input"
        " or from a variable, and never from the command line, which other accounts can see."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="List endpoints and the models that are switched on.")
        add = actions.add_parser("add", help="Connect an endpoint and switch models on.")
        add.add_argument("kind", choices=sorted(PRESETS))
        add.add_argument("--name", help="What to call it; its kind by default.")
        add.add_argument("--address", default="", help="Where it is, if not in its usual place.")
        source = add.add_mutually_exclusive_group()
        source.add_argument("--key-file", metavar="FILE", help="A file with the key; - is stdin.")
        source.add_argument("--key-env", metavar="VARIABLE", help="A variable with the key.")
        choice = add.add_mutually_exclusive_group()
        choice.add_argument("--model", action="append", default=[], help="Switch it on; repeated.")
        choice.add_argument("--all", action="store_true", help="Switch on all that it lists.")
        add.add_argument("--default", action="store_true", help="Make the first one the default.")
        test = actions.add_parser("test", help="Try what a model can do.")
        test.add_argument("model")
        pull.add_arguments(
            actions.add_parser("pull", help="Download a model for the site's own server.")
        )
        use = actions.add_parser("use", help="Have the site's own server serve a downloaded model.")
        use.add_argument("name")
        remove = actions.add_parser("remove", help="Remove a model, or an endpoint with its own.")
        remove.add_argument("name")
        actions.add_parser("rotate", help="Encrypt all keys with the newest SECRET_KEY.")

    def handle(self, *args: Any, **options: Any) -> None:
        loading.load()
        getattr(self, f"handle_{options['action']}")(options)

    def handle_list(self, options: dict[str, Any]) -> None:
        names = async_to_sync(registry.names)()
        rows = {row.name: row for row in EndpointModel.objects.select_related("endpoint")}
        for endpoint in Endpoint.objects.all():
            state = endpoint.error or ("in use" if endpoint.is_enabled else "not in use")
            self.stdout.write(f"{endpoint.name} ({endpoint.kind}, {endpoint.address}): {state}")
        self.stdout.write("")
        for name in names:
            row = rows.get(name)
            where = row.endpoint.name if row else f"environment ({vendors.vendor_of(name)})"
            marks = ["default"] * (name == names[0])
            marks += ["for groups"] * (row is not None and not row.is_for_all)
            self.stdout.write(f"  {name}  [{', '.join([where, *marks])}]")

    def handle_add(self, options: dict[str, Any]) -> None:
        kind = options["kind"]
        try:
            address = clean_address(kind, options["address"])
            name = options["name"] or choose_endpoint_name(kind)
            endpoint = Endpoint(kind=kind, name=name, address=address)
            connecting.set_key(endpoint, self._read_key(options))
            endpoint.full_clean(exclude=["sealed_key"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        report = read_now(endpoint)
        endpoint.save()
        self.stdout.write(report.fault or f"{endpoint.name} answers at {endpoint.address}.")
        listed = list(list_chatting(endpoint))
        wanted = listed if options["all"] else options["model"]
        self._switch_on(endpoint, wanted, is_default=options["default"])
        if not wanted and listed:
            shown = ", ".join(listed[:MAX_LISTED]) + (" …" if len(listed) > MAX_LISTED else "")
            self.stdout.write(
                f"It lists {shown}. Nothing is switched on yet: say --model or --all."
            )

    def handle_test(self, options: dict[str, Any]) -> None:
        model = EndpointModel.objects.select_related("endpoint").filter(name=options["model"])
        try:
            findings = test_now(model.get())
        except EndpointModel.DoesNotExist:
            raise CommandError(f"There is no model {options['model']!r} of an endpoint.") from None
        except keys.KeyUnreadable:
            raise CommandError(loading.describe_locked_key()) from None
        for step in findings.steps:
            self.stdout.write(f"{step.title}: {step.sentence}")
        if any(step.outcome is Outcome.BAD for step in findings.steps):
            raise CommandError("The model cannot be used as it is.")

    def handle_pull(self, options: dict[str, Any]) -> None:
        try:
            pull.handle(options, self.stdout.write)
        except AppError as error:
            raise CommandError(error.message) from None

    def handle_use(self, options: dict[str, Any]) -> None:
        try:
            own_server.use(options["name"])
        except AppError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"{options['name']} is in use.")

    def handle_remove(self, options: dict[str, Any]) -> None:
        name = options["name"]
        try:
            own_server.remove(name)
        except NotFound:
            self._remove_connected(name)
        except AppError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"{name} is removed.")

    def _remove_connected(self, name: str) -> None:
        found = (
            Endpoint.objects.filter(name=name).first()
            or EndpointModel.objects.filter(name=name).first()
        )
        if found is None:
            raise CommandError(f"There is no endpoint and no model {name!r}.")
        delete_rows(found)

    def handle_rotate(self, options: dict[str, Any]) -> None:
        done, unreadable = connecting.rotate_keys()
        self.stdout.write(f"{done} keys are encrypted with the newest SECRET_KEY.")
        if unreadable:
            raise CommandError(
                f"These could not be read and must be entered again: {', '.join(unreadable)}."
            )

    def _switch_on(self, endpoint: Endpoint, names: list[str], *, is_default: bool) -> None:
        try:
            added = connecting.switch_on(endpoint, names)
            if is_default and added:
                connecting.make_default(added[0])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        for model in added:
            self.stdout.write(f"{model.name} is switched on.")

    def _read_key(self, options: dict[str, Any]) -> str:
        """Return the key from where it is said to be; a person at a terminal is asked for it."""
        if variable := options["key_env"]:
            if not os.environ.get(variable):
                raise CommandError(f"The variable {variable} is not set.")
            return os.environ[variable]
        if file := options["key_file"]:
            try:
                return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise CommandError(f"The key cannot be read: {error}") from None
        if PRESETS[options["kind"]].needs_key:
            if not sys.stdin.isatty():
                raise CommandError("Say where the key is: --key-file FILE or --key-env VARIABLE.")
            return getpass("Key: ")
        return ""
