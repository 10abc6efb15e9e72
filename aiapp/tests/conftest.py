from collections.abc import Iterator

import pytest

from tests.processes import site


@pytest.fixture(scope="module")
def site_of_web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[site.Site]:
    """The site that `web` is a part of."""
    with site.running(tmp_path_factory.mktemp("site"), DOCUMENT_MAX_MB="3") as running:
        running.web()
        yield running


@pytest.fixture(scope="module")
def web(site_of_web: site.Site) -> site.Program:
    """A web server in a process of its own, over a migrated database."""
    return site_of_web.programs[0]


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[site.Site]:
    """A site that waits for hardly anything; `hasty.programs[0]` is its web server."""
    with site.running(
        tmp_path_factory.mktemp("hasty"),
        HEAD_SECONDS="0.5",
        KEEP_ALIVE_SECONDS="1",
        BODY_SECONDS="0.5",
        BODY_BYTES_PER_SECOND="100000",
        BODY_MAX_SECONDS="2",
    ) as running:
        running.web()
        yield running
