"""The processors that this process may use, by its affinity and by the quota of its cgroups."""

import math
import os
from collections.abc import Iterator
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUPS = Path("/proc/self/cgroup")


def count_cpus(root: Path = CGROUPS, own: Path = OWN_CGROUPS) -> int:
    """Return how many processes can compute at once here, at least one."""
    try:
        allowed = len(os.sched_getaffinity(0))
    except AttributeError:
        # Not everywhere has a process an affinity.
        allowed = os.cpu_count() or 1
    quotas = [quota for folder in _list_folders(root, own) for quota in _read_quotas(folder)]
    return max(1, math.ceil(min([float(allowed), *quotas])))


def _list_folders(root: Path, own: Path) -> Iterator[Path]:
    """Yield the folders of this process's cgroups and of those around them; any of them bounds.

    A container sees its own as the root. The path that it is told may be the one outside.
    """
    try:
        lines = own.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        for hierarchy in (root, root / "cpu", root / "cpu,cpuacct"):
            folder = hierarchy / path.lstrip("/")
            yield from (each for each in (folder, *folder.parents) if each.is_relative_to(root))


def _read_quotas(folder: Path) -> Iterator[float]:
    try:
        quota, _, period = (folder / "cpu.max").read_text(encoding="ascii").partition(" ")
        if quota != "max":
            yield int(quota) / int(period)
    except (OSError, ValueError):
        pass
    try:
        micros = int((folder / "cpu.cfs_quota_us").read_text(encoding="ascii"))
        if micros > 0:
            yield micros / int((folder / "cpu.cfs_period_us").read_text(encoding="ascii"))
    except (OSError, ValueError):
        pass
