"""The counts of a turn in the web process: calls, threads, and words with PostgreSQL and Redis.

    make bench            or: python -m bench.turns.bench_counts

Counts do not depend on what else a machine does. `tests/costs/test_counts_of_a_turn.py` holds them
below the bounds that are printed here.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.costs.counting.bounds import BEFORE, BOUNDS
from tests.costs.counting.turns import HEAD, MODEL, counted_web, kinds
from tests.processes.site_of_its_own import run_site


def main() -> None:
    print(f"{'':24}{HEAD}")
    with (
        TemporaryDirectory(prefix="aiapp-") as folder,
        run_site(MODEL, ASK_RATE="") as own,
        counted_web(own.site, Path(folder)) as web,
    ):
        for kind, ask in kinds(own.site, web.program).items():
            counts = web.measure(ask)
            print(f"{kind:16}before {BEFORE[kind]}\n{'':16}now    {counts}")
            print(f"{'':16}bound  {BOUNDS[kind]}")
            if above := counts.exceeds(BOUNDS[kind]):
                raise SystemExit(f"{kind}: more than the bound: {', '.join(above)}")


if __name__ == "__main__":
    main()
