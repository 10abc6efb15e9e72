from contextlib import suppress

from django.apps import AppConfig
from django.conf import settings


class SiteConfig(AppConfig):
    name = "aiapp"

    def ready(self) -> None:
        # The tasks' application, for whoever sends one, and the system checks.
        from aiapp import celery, checks  # noqa: F401 - settings are ready only now
        from aiapp.http import on_the_loop  # it imports what the settings name

        on_the_loop.install()

        # A folder that cannot be made is told about by one of Django's own checks.
        with suppress(OSError):
            settings.FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
