"""Letters: who wrote to whom, when and about what, the text, and the names of what was attached."""

from collections.abc import Iterator
from email import message_from_binary_file, policy
from email.errors import MessageError
from email.message import EmailMessage
from pathlib import Path

from documents.parsing.limits import ParseError
from documents.parsing.notes import Note
from documents.parsing.parsers.web.html import markdown

_HEADERS = ("From", "To", "Cc", "Date")


def read_pages(path: str, first: int) -> Iterator[int | str | Note]:
    yield 1
    if first == 1:
        try:
            with Path(path).open("rb") as file:
                letter = message_from_binary_file(file, policy=policy.default)
            yield "\n\n".join(_parts(letter))
        except (MessageError, LookupError, ValueError, AttributeError, TypeError) as error:
            raise ParseError("corrupt_file") from error


def _parts(letter: EmailMessage) -> Iterator[str]:
    if subject := letter["Subject"]:
        yield f"# {' '.join(str(subject).split())}"
    yield "\n".join(f"{name}: {letter[name]}" for name in _HEADERS if letter[name])
    body = letter.get_body(("plain", "html"))
    if body is not None:
        text = str(body.get_content())
        yield markdown(text) if body.get_content_subtype() == "html" else text
    names = [str(part.get_filename()) for part in letter.iter_attachments() if part.get_filename()]
    if names:
        yield f"Attachments: {', '.join(names)}"
