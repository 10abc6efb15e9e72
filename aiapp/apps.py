from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "aiapp"

    def ready(self) -> None:
        # Registers the system checks.
        from aiapp import checks  # noqa: F401, PLC0415 - settings are ready only now
