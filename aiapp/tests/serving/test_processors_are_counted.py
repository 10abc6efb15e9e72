"""The number of web processes that a server starts by itself, and the share of each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aiapp.serving import siblings
from aiapp.serving.cpus import count_cpus


@pytest.fixture(autouse=True)
def _eight_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)))


@pytest.fixture
def _second_of_three() -> Iterator[None]:
    siblings.take_place(1, [Path("0"), Path("1"), Path("2")])
    yield
    siblings.take_place(0, [Path()])


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def count(root: Path, own: str) -> int:
    (root / "own").write_text(own)
    return count_cpus(root, root / "own")


def test_those_that_the_process_may_run_on(tmp_path: Path) -> None:
    assert count_cpus(tmp_path, tmp_path / "nothing") == 8


@pytest.mark.parametrize(
    ("quota", "processors"),
    [("max 100000", 8), ("250000 100000", 3), ("20000 100000", 1), ("nonsense", 8)],
)
def test_the_quota_of_a_container(tmp_path: Path, quota: str, processors: int) -> None:
    write(tmp_path, cpu__max=quota)
    assert count(tmp_path, "0::/\n") == processors


def test_the_least_of_the_quotas_around_a_service(tmp_path: Path) -> None:
    write(tmp_path / "site.slice", cpu__max="200000 100000")
    write(tmp_path / "site.slice" / "web.service", cpu__max="max 100000")
    assert count(tmp_path, "0::/site.slice/web.service\n") == 2


def test_the_quota_of_the_first_version_of_cgroups(tmp_path: Path) -> None:
    write(tmp_path / "cpu" / "web", cpu__cfs_quota_us="150000", cpu__cfs_period_us="100000")
    assert count(tmp_path, "3:cpuset:/\n2:cpu,cpuacct:/web\n") == 2


@pytest.mark.usefixtures("_second_of_three")
def test_a_bound_of_the_server_is_divided_among_its_processes() -> None:
    assert [siblings.divide(limit) for limit in (0, 1, 2, 5, 9)] == [0, 1, 1, 2, 3]


def test_a_process_that_is_alone_has_all() -> None:
    assert siblings.divide(5) == 5
