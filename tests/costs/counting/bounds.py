"""The most of each that a turn may take, and what it took before anybody counted (5ae4ff5).

A bound is a little above today's count. Whoever lowers a count lowers its bound; whoever has to
raise one says why in the commit. Pipelines have more room than the others: what comes together on a
quiet machine comes apart on a busy one. A page's reader may come before its answer of one word or
after it: the hub that it then reads through takes 23 commands in all, and 20 to 22 where only some
come so.
"""

from tests.costs.counting.turns import Counts

# In the order of `Counts`: calls, hops, statements, trips, commands, pipelines.
BEFORE = {
    "API, new": Counts(21_885, 26.0, 23.0, 23.0, 17.1, 11.5),
    "API, follow-up": Counts(42_823, 26.0, 30.0, 30.0, 19.4, 13.9),
    "page, new": Counts(50_873, 56.2, 43.1, 43.1, 18.0, 12.8),
    "page, follow-up": Counts(71_674, 56.2, 50.1, 50.1, 19.0, 14.0),
}
BOUNDS = {
    "API, new": Counts(5_100, 0.9, 2.9, 2.9, 19.0, 8.0),
    "API, follow-up": Counts(6_200, 0.9, 5.9, 2.9, 19.0, 8.0),
    "page, new": Counts(30_000, 7.9, 18.5, 18.5, 24.0, 13.0),
    "page, follow-up": Counts(31_200, 7.9, 21.5, 18.5, 24.0, 13.0),
}
