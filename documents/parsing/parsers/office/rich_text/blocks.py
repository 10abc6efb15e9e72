"""The blocks of a rich text or of a part of it: paragraphs, tables, and what is tied to them."""

import re
from dataclasses import dataclass, field

from documents.parsing import tables
from documents.parsing.parsers import superscripts

MAX_HEADING = 6
# A number of a list, as against the sign of some font for a dot.
_NUMBER = re.compile(r"\(?\w{1,5}(?:[.)]\w{1,5}){0,8}[.)]")


@dataclass(slots=True)
class Blocks:
    """A part of a document. What is added and `bullet` stay until its paragraph ends."""

    before: str = ""
    after: str = ""
    _text: list[superscripts.Piece] = field(default_factory=list)
    # What stands before an item of a list.
    bullet: str = ""
    # Parts that come behind the paragraph that they are tied to: notes, comments, boxes.
    behind: list["Blocks"] = field(default_factory=list)
    _blocks: list[str] = field(default_factory=list)
    _cells: list[str] = field(default_factory=list)
    _rows: list[list[str]] = field(default_factory=list)

    def add(self, text: str, height: int = 0) -> None:
        self._text.append(superscripts.Piece(height, text))

    def count_added(self) -> int:
        return len(self._text)

    def read_added(self, first: int) -> str:
        """Return what was added to the paragraph at hand since so many pieces."""
        return "".join(piece.text for piece in self._text[first:])

    def end_paragraph(self, heading: int = 0) -> None:
        """End a paragraph; one of text ends the table before it, too."""
        text, bullet = self._take_text(), self._take_bullet()
        if text or self.behind:
            self._end_table()
        if text and heading:
            self._blocks.append(f"{'#' * heading} {' '.join(text.split())}")
        elif text:
            self._blocks.append(f"{bullet}{text}")
        behind, self.behind = self.behind, []
        for part in behind:
            self._blocks += part.finish()

    def end_cell(self) -> None:
        bullet = self._take_bullet()
        self._cells.append(bullet + " ".join(self._take_text().split()))

    def end_row(self) -> None:
        if self._cells:
            self._rows.append(self._cells)
        self._cells = []

    def finish(self) -> list[str]:
        """Return the blocks, between `before` and `after` as one where there is that."""
        if self._cells:
            self.end_cell()
            self.end_row()
        self.end_paragraph()
        self._end_table()
        if self.before and self._blocks:
            return [self.before + "\n".join(self._blocks) + self.after]
        return self._blocks

    def _end_table(self) -> None:
        rows, self._rows = self._rows, []
        if all(len(row) == 1 for row in rows):
            # A frame around text rather than a table.
            self._blocks += [cell for (cell,) in rows if cell]
        else:
            self._blocks += [block.strip() for block in tables.format_table(rows)]

    def _take_text(self) -> str:
        # Characters beyond the first 65,536 come as two halves.
        data = superscripts.join(self._text).encode("utf-16-le", "surrogatepass")
        self._text = []
        lines = data.decode("utf-16-le", "replace").replace("\x00", "").split("\n")
        return "\n".join(line.strip() for line in lines).strip()

    def _take_bullet(self) -> str:
        bullet, self.bullet = self.bullet.strip(), ""
        return f"{bullet if _NUMBER.fullmatch(bullet) else '-'} " if bullet else ""
