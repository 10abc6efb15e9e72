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

    def gaps(self, sentence: Terms, min_share: float) -> list[Gap]:
        """The words of the sentence that stand in the place of others, each with those others.

        Empty if less than `min_share` of the sentence stands in the passage in this order.
        """
        sequence = sentence.sequence[:MAX_TERMS]
        min_size = min_share * len(sequence)
        if (Counter(sequence) & self._counts).total() < min_size:
            return []
        blocks = self._blocks(sequence)
        if sum(size for _, _, size in blocks) < min_size:
            return []
        return list(self._between(sequence, blocks))

    def _blocks(self, sequence: list[str]) -> list[tuple[int, int, int]]:
        """Return where equal words begin in both, and how many; none with too many blocks."""
        self._matcher.set_seq1(sequence)
        waiting = [(0, len(sequence), 0, len(self._sequence))]
        blocks: list[tuple[int, int, int]] = []
        while waiting:
            a, a_end, b, b_end = waiting.pop()
            block = self._matcher.find_longest_match(a, a_end, b, b_end)
            if not block.size:
                continue
            if len(blocks) == MAX_BLOCKS:
                return []
            blocks.append((block.a, block.b, block.size))
            after, behind = block.a + block.size, block.b + block.size
            if a < block.a and b < block.b:
                waiting.append((a, block.a, b, block.b))
            if after < a_end and behind < b_end:
                waiting.append((after, a_end, behind, b_end))
        return sorted(blocks)

    def _between(self, sequence: list[str], blocks: list[tuple[int, int, int]]) -> Iterator[Gap]:
        at, there = 0, 0
        for start, place, size in (*blocks, (len(sequence), len(self._sequence), 0)):
            mine, theirs = sequence[at:start], self._sequence[there:place]
            if mine and theirs:
                yield mine, theirs
            at, there = start + size, place + size
