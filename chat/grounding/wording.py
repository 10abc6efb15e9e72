"""The degree to which a sentence follows a passage word by word.

The blocks of equal words are those that Ratcliff and Obershelp look for, as `difflib` finds them:
the longest, then the longest on either side of it. Their algorithm alone takes a time with the cube
of a text that says the same over and over, so what a sentence and a search may take is bounded; a
sentence that needs more blocks than these is not somebody else's with a few words changed.
"""

from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher

from chat.grounding.terms import Terms

# Of a sentence, what is compared.
MAX_TERMS = 200
MAX_BLOCKS = 24
# What a passage says more often than this begins no block, though it may lie in one.
MAX_TIMES = 64
# Of a passage, what a sentence may be taken from.
MAX_PASSAGE_TERMS = 10_000

Gap = tuple[list[str], list[str]]


class Wording:
    """A passage's words, read once for all sentences that are compared with it."""

    def __init__(self, passage: Terms) -> None:
        self.terms = passage
        sequence = passage.sequence[:MAX_PASSAGE_TERMS]
        self._counts = Counter(sequence)
        often = {term for term, count in self._counts.items() if count > MAX_TIMES}
        self._sequence = sequence
        self._matcher = SequenceMatcher(often.__contains__, "", sequence, autojunk=False)

    def gaps(self, sentence: Terms, least: float) -> list[Gap]:
        """The words of the sentence that stand in the place of others, each with those others.

        Empty if less than the share `least` of the sentence stands in the passage in this order.
        """
        said = sentence.sequence[:MAX_TERMS]
        wanted = least * len(said)
        if (Counter(said) & self._counts).total() < wanted:
            return []
        blocks = self._blocks(said)
        if sum(size for _, _, size in blocks) < wanted:
            return []
        return list(self._between(said, blocks))

    def _blocks(self, said: list[str]) -> list[tuple[int, int, int]]:
        """Return where equal words begin in both, and how many; none with too many blocks."""
        self._matcher.set_seq1(said)
        waiting = [(0, len(said), 0, len(self._sequence))]
        found: list[tuple[int, int, int]] = []
        while waiting:
            a, a_end, b, b_end = waiting.pop()
            block = self._matcher.find_longest_match(a, a_end, b, b_end)
            if not block.size:
                continue
            if len(found) == MAX_BLOCKS:
                return []
            found.append((block.a, block.b, block.size))
            after, behind = block.a + block.size, block.b + block.size
            if a < block.a and b < block.b:
                waiting.append((a, block.a, b, block.b))
            if after < a_end and behind < b_end:
                waiting.append((after, a_end, behind, b_end))
        return sorted(found)

    def _between(self, said: list[str], blocks: list[tuple[int, int, int]]) -> Iterator[Gap]:
        at, there = 0, 0
        for start, place, size in (*blocks, (len(said), len(self._sequence), 0)):
            mine, theirs = said[at:start], self._sequence[there:place]
            if mine and theirs:
                yield mine, theirs
            at, there = start + size, place + size
