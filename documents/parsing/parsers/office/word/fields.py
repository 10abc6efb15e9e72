"""Fields of Word: of "{IF {PAGE} = 1 …}" and "{HYPERLINK …}" people see what came of them."""

from dataclasses import dataclass, field

from documents.parsing.parsers.links import MAX_CODE_CHARS, show_address
from documents.parsing.parsers.office.word import equations

MAX_DEPTH = 64


@dataclass
class Field:
    """A field whose end has not been come upon; its code stands before its result."""

    code: str = ""
    is_result: bool = False
    texts: list[str] = field(default_factory=list)


class Fields:
    """The fields that the text at hand is in, outermost first."""

    def __init__(self) -> None:
        self._open: list[Field] = []

    def mark(self, kind: str) -> str:
        """Take the beginning, middle or end of a field; return what is written behind its end."""
        if kind == "begin" and len(self._open) < MAX_DEPTH:
            self._open.append(Field())
        elif kind == "separate" and self._open:
            self._open[-1].is_result = True
        elif kind == "end" and self._open:
            ended = self._open.pop()
            text = "".join(ended.texts)
            return show_address(text, ended.code) if text else equations.show(ended.code)
        return ""

    def take_code(self, code: str) -> None:
        if self._open and len(self._open[-1].code) < MAX_CODE_CHARS:
            self._open[-1].code += code

    def take_text(self, text: str) -> bool:
        """Note a text of the fields that it is in; return whether it is seen.

        The result of a field within the code of another is a part of that code.
        """
        for each in self._open:
            each.texts.append(text)
        return all(each.is_result for each in self._open[:-1])

    def end_paragraph(self) -> None:
        """Give up fields without a middle: what comes behind them would not be seen."""
        self._open = [each for each in self._open if each.is_result]
