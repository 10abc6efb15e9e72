"""The limits of a parser. The parser's process reads this too, so it imports nothing of Django."""

import resource
from dataclasses import astuple, dataclass

# A whole file may take so many times what is allowed for a page.
MAX_PAGE_TIMES = 100


@dataclass(frozen=True, slots=True)
class Limits:
    # What it may use at once, and what a step that needs more may ask for (`allow_max_memory`).
    memory: int
    max_memory: int
    # Of CPU time until the next page (`allow_another_page`).
    seconds: int
    pages: int
    chars: int

    def arguments(self) -> list[str]:
        return [str(value) for value in astuple(self)]

    def bind_process(self) -> None:
        """Bind the calling process, which is about to read a stranger's file."""
        _limit(resource.RLIMIT_AS, self.memory, hard_beyond=self.max_memory - self.memory)
        # The signal of the soft limit says what happened; the hard one cannot be ignored.
        _limit(resource.RLIMIT_CPU, self.seconds, hard_beyond=self.seconds * (MAX_PAGE_TIMES - 1))
        # It only reads: it has no file to write and no memory image to leave.
        _limit(resource.RLIMIT_FSIZE, 0)
        _limit(resource.RLIMIT_CORE, 0)

    def allow_another_page(self) -> None:
        """After a page, as much time for the next: a long scan takes hours, a trap no minute."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        soft = int(used.ru_utime + used.ru_stime) + 1 + self.seconds
        resource.setrlimit(resource.RLIMIT_CPU, (min(soft, hard), hard))


def _limit(what: int, value: int, hard_beyond: int = 0) -> None:
    _, hard = resource.getrlimit(what)
    highest = value + hard_beyond
    if hard != resource.RLIM_INFINITY:
        value, highest = min(value, hard), min(highest, hard)
    resource.setrlimit(what, (value, highest))


def allow_max_memory() -> None:
    """For the reading of a page's picture, which is our doing and needs more than its file may."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


class ParseError(Exception):
    """A reason that `documents.errors` has a sentence for."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)
