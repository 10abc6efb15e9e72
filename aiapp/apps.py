from contextlib import suppress
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin import checks as admin_checks
from django.contrib.admin.apps import SimpleAdminConfig
from django.core import checks
from django.db.models.signals import post_migrate, pre_migrate


class AdministrationConfig(SimpleAdminConfig):
    """Django's administration, imported where its pages are served (`aiapp.urls`) or checked.

    It is a third of what we have to import, and no worker shows a page of it.
    """

    def ready(self) -> None:
        checks.register(admin_checks.check_dependencies, checks.Tags.admin)
        checks.register(_check_administration, checks.Tags.admin)


def _check_administration(**kwargs: Any) -> list[checks.CheckMessage]:
    admin.autodiscover()
    found: list[checks.CheckMessage] = admin_checks.check_admin_app(**kwargs)
    return found


class SiteConfig(AppConfig):
    name = "aiapp"
    default = True

    def ready(self) -> None:
        # The tasks' application, for whoever sends one, and the system checks.
        from aiapp import celery, checks  # noqa: F401 - settings are ready only now
        from aiapp.http import heads, on_the_loop  # it imports what the settings name
        from aiapp.sql import release  # as above

        heads.install()
        on_the_loop.install()
        # Django tells apps with models only, and each of them; once is enough.
        accounts = apps.get_app_config("accounts")
        pre_migrate.connect(release.refuse_newer, sender=accounts)
        post_migrate.connect(release.record, sender=accounts)

        # A folder that cannot be made is told about by one of Django's own checks.
        with suppress(OSError):
            settings.FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
