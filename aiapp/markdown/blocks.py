"""The blocks of a text, and which of them no further text can change."""

from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from aiapp.markdown.renderer import is_closed

_ended_by_blank = frozenset({"paragraph_open", "blockquote_open", "table_open", "math_block"})
_lists = frozenset({"bullet_list_open", "ordered_list_open"})
# A number of up to nine digits, a full stop and a space begin an item; a longer start does not.
_MAX_MARKER_CHARS = 11


@dataclass(slots=True)
class Group:
    """The tokens of one block of the outermost level, and its lines: `first` up to `end`."""

    tokens: list[Token]
    first: int
    end: int


def group(tokens: Sequence[Token]) -> list[Group]:
    groups: list[Group] = []
    for token in tokens:
        if token.level == 0 and token.nesting >= 0:
            first, end = token.map or [0, 0]
            groups.append(Group([], first, end))
        groups[-1].tokens.append(token)
    return groups


@dataclass(slots=True)
class Lines:
    """The lines of the open text; those up to `complete` have come to their end."""

    text: list[str]
    complete: int

    def count_final(self, groups: Sequence[Group]) -> int:
        """Count the groups at the start that can no longer change."""
        for at, item in enumerate(groups):
            following = groups[at + 1].first if at + 1 < len(groups) else None
            if not self._is_final(item, following):
                return at
        return len(groups)

    def _is_final(self, item: Group, following: int | None) -> bool:
        head = item.tokens[0]
        if head.type == "definition":
            # Its title may stand on the next lines, as long as none is blank.
            return any(self._is_blank(at) for at in range(item.end, self.complete))
        after = self._after(item)
        if head.type == "heading_open" and "|" in self.text[after - 1]:
            # A row of dashes below would make it the head of a table.
            return after < self.complete
        if head.type in {"heading_open", "hr"} or (head.type == "fence" and is_closed(head)):
            return after <= self.complete
        if head.type in _ended_by_blank and self._is_blank(after):
            return True
        return following is not None and self._is_cut_off(head.type, following)

    def _after(self, item: Group) -> int:
        """The line behind the last one of a block that is not blank."""
        at = item.end
        while at > item.first and not self.text[at - 1].strip(" \t"):
            at -= 1
        return at

    def _is_blank(self, line: int) -> bool:
        return line < self.complete and not self.text[line].strip(" \t")

    def _is_cut_off(self, kind: str, line: int) -> bool:
        """Check whether the block that begins on a line ends the one before it for good.

        That is settled by this line and the next one, which may make a table of it.
        """
        if line + 1 < self.complete:
            return True
        if kind not in _lists and kind != "code_block":
            return False
        return self._is_blank(line - 1) and (line < self.complete or self._is_outside(line, kind))

    def _is_outside(self, line: int, kind: str) -> bool:
        """Check that a line still being written cannot continue a list (or indented code)."""
        text = self.text[line]
        if kind == "code_block" or text[0] in " \t":
            return text[0] not in " \t"
        if kind == "ordered_list_open":
            return not text[0].isdecimal() or len(text) > _MAX_MARKER_CHARS
        return text[0] not in "-+*" or text[1:2] not in {"", " ", "\t"}
