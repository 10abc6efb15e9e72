"""The embedded PostgreSQL of a data folder, with the site's schema: made once a run, and copied.

To make the cluster and to migrate takes more than all that most tests do with it.
"""

import os
import subprocess
from pathlib import Path

from aiapp.embedded import postgres
from tests.processes import site


def put_into(data: Path) -> None:
    """Give a data folder the database of a site that was started and is empty."""
    copy = ["cp", "--archive", "--reflink=auto", str(_make()), str(data / "postgres")]
    subprocess.run(copy, check=True)


def _make() -> Path:
    template = os.environ["DATABASE_URL"].replace("/aiapp?", f"/{site.make_template()}?")
    folder = site.get_shared_folder() / "cluster"
    with site.make_once("cluster") as is_made:
        if not is_made:
            sockets = folder / "run"
            sockets.mkdir(parents=True, mode=0o700)
            with postgres.run_temporarily(folder / "postgres", sockets, fsync=False):
                _copy_schema(template, f"postgresql://{postgres.SUPERUSER}@/aiapp?host={sockets}")
    return folder / "postgres"


def _copy_schema(source: str, target: str) -> None:
    programs = postgres.programs()
    dump = [str(programs / "pg_dump"), "--format", "custom", "--dbname", source]
    restore = [str(programs / "pg_restore"), "--no-comments", "--clean", "--if-exists"]
    dumped = subprocess.run(dump, capture_output=True, check=True)
    subprocess.run([*restore, "--dbname", target], input=dumped.stdout, check=True)
