"""Measure how well recordings are transcribed."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aiapp.errors import AppError
from documents.evaluation import speech


class Command(BaseCommand):
    help = (
        "Write down the recordings of FOLDER and print their word error rate against its"
        " transcripts.tsv (a file, a tab, what it says)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument("--each", action="store_true", help="a line for each recording")

    def handle(self, *args: Any, **options: Any) -> None:
        transcripts = []
        try:
            for each in speech.measure(options["folder"]):
                transcripts.append(each)
                if options["each"]:
                    self.stdout.write(f"{each.errors:3} {each.file}  {' '.join(each.hypothesis)}")
        except (OSError, ValueError, AppError) as error:
            raise CommandError(f"{options['folder']}: {error}") from error
        words = sum(len(each.reference) for each in transcripts)
        if not words:
            raise CommandError(f"{options['folder']} lists no recordings.")
        seconds = sum(each.seconds for each in transcripts)
        cpu = sum(each.cpu_seconds for each in transcripts)
        errors = sum(each.errors for each in transcripts)
        self.stdout.write(
            f"{len(transcripts)} recordings, {words} words, {seconds:.0f} s of sound: word"
            f" error rate {errors / words:.1%}, {cpu / max(seconds, 1):.2f} s of processor for each"
            " second"
        )
