"""The settings that a web process has by itself, said before anybody reads them."""

import os


def apply() -> None:
    # Web processes pool their database connections; see DATABASE_POOL_SIZE in the settings.
    os.environ.setdefault("DATABASE_POOL_SIZE", "10")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aiapp.settings")
