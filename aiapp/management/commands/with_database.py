"""`manage.py with_database`: the embedded PostgreSQL alone, for backup and restore."""

import json
import sys
from contextlib import ExitStack
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from aiapp.embedded import installation, postgres
from aiapp.embedded.processes.supervisor import CannotStart


class Command(BaseCommand):
    help = (
        "Keep the embedded PostgreSQL running until the input ends, and print, as JSON, where its"
        " programs and its socket are. If the site runs, that is used."
    )
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own name and type

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with ExitStack() as stack:
                where = installation.place()
                try:
                    stack.enter_context(installation.directory_lock(where.data))
                    stack.enter_context(
                        postgres.run_temporarily(where.data / "postgres", where.run)
                    )
                    site_runs = False
                except CannotStart:
                    site_runs = True
                facts = {"bin": str(postgres.programs()), "socket": str(where.run)}
                self.stdout.write(json.dumps(facts | {"data": str(where.data), "up": site_runs}))
                self.stdout.flush()
                sys.stdin.read()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
