"""`manage.py up`: start and look after everything that the site needs on this machine."""

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from aiapp.db import is_disk_full
from aiapp.embedded import installation
from aiapp.embedded.processes.supervisor import CannotStart


class Command(BaseCommand):
    help = (
        "Start PostgreSQL, Valkey, local models, workers and the web server, and look after them"
        " until Ctrl-C. Parts whose variables are set (DATABASE_URL, REDIS_URL, OPENAI_API_KEY,"
        " OPENAI_BASE_URL, ANTHROPIC_API_KEY, EMBEDDING_BASE_URL) are used instead of started."
    )
    # The checks want a secret key, which is made here.
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own name and type

    def handle(self, *args: Any, **options: Any) -> None:
        def write(line: str) -> None:
            # Its reader may be gone, or the disk of its file full: the site goes on.
            with suppress(OSError):
                self.stdout.write(line)
                self.stdout.flush()

        try:
            installation.up(write)
        except (CannotStart, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            if not is_disk_full(error):
                raise
            raise CommandError(
                f"No room is left for {error.filename or settings.DATA_DIR}. Make some, then start"
                " again."
            ) from error
