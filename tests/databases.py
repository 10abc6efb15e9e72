"""The databases of the workers, copied from the one that sites are copied from."""

import os

import pytest
from django.db import connections

from tests.processes import site


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """A migrated database to copy: one migration a run is enough for all of them.

    A process that runs alone migrates its own, which is no slower.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        connections.settings["default"]["TEST"]["TEMPLATE"] = site.make_template()
