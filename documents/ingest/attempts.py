"""The number of an attempt to ingest a version, which only ever grows: it is the fence.

Whoever asks for another try gives the version a fresh round of attempts. A round begins at a
multiple of 1,000, so that no worker of an earlier round can hold a number of this one.
"""

_ROUND = 1000


def next_round(attempt: int) -> int:
    return (attempt // _ROUND + 1) * _ROUND


def count_in_round(attempt: int) -> int:
    """Return the attempt's number in its round, from 1 on."""
    return attempt % _ROUND
