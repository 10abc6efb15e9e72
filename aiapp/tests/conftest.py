from collections.abc import Iterator

import pytest

from tests import site


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[site.Program]:
    """A web server in a process of its own, over a migrated database."""
    with site.running(tmp_path_factory.mktemp("site"), DOCUMENT_MAX_MB="3") as running:
        yield running.web()
