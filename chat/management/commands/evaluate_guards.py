"""Measure how often the guards flag texts: manage.py evaluate_guards FILE [FILE ...]"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from chat.guardrails.flagging import flag

# The fields of public sets that hold the text.
FIELDS = ("text", "prompt", "question", "query", "content")


class Command(BaseCommand):
    help = (
        "Tell what share of the texts in each file is flagged. A file holds a text a line, or a "
        "JSON object a line with the text in one of the fields " + ", ".join(FIELDS) + "."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument("--show", action="store_true", help="Show what was flagged.")

    def handle(self, *args: Any, **options: Any) -> None:
        for file in options["files"]:
            texts = _texts(file)
            flags = [(text, found) for text in texts if (found := flag(text, "question"))]
            share = len(flags) / len(texts)
            self.stdout.write(f"{file}: {len(flags)} of {len(texts)} flagged, {share:.1%}")
            if options["show"]:
                for text, found in flags:
                    self.stdout.write(f"  {', '.join(found.rules)}: {found.excerpt} | {text[:80]}")


def _texts(file: Path) -> list[str]:
    try:
        lines = file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}") from error
    texts = [_text(line) for line in lines if line.strip()]
    if not texts:
        raise CommandError(f"{file} holds no text.")
    return texts


def _text(line: str) -> str:
    if not line.startswith("{"):
        return line
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return line
    return next((str(found[name]) for name in FIELDS if found.get(name)), line)
