"""What a parser may use. The parser's process reads this too, so it imports nothing of Django."""

import resource
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    memory: int
    seconds: int
    pages: int
    chars: int

    def arguments(self) -> list[str]:
        return [str(self.memory), str(self.seconds), str(self.pages), str(self.chars)]

    def bind_process(self) -> None:
        """Bind the calling process, which is about to read a stranger's file."""
        _limit(resource.RLIMIT_AS, self.memory)
        _limit(resource.RLIMIT_CPU, self.seconds)
        # It only reads: it has no file to write and no memory image to leave.
        _limit(resource.RLIMIT_FSIZE, 0)
        _limit(resource.RLIMIT_CORE, 0)


def _limit(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(what, (value, value))


class ParseError(Exception):
    """A reason that `documents.errors` has a sentence for."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)
