"""List, run and pause sources: manage.py sources list|run|pause|resume|rotate."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from aiapp.errors import AppError
from documents.models import Source
from documents.sources import controls, credentials
from documents.sources.syncing import sync


class Command(BaseCommand):
    help = (
        "List the sources that collections keep up with, sync one now, pause it or have it go on."
        " A source is named by its id or, where no other has it, by its name."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="List sources, their state and their next sync.")
        run = actions.add_parser("run", help="Sync a source here and now, to its end.")
        run.add_argument("source")
        run.add_argument("--full", action="store_true", help="Compare the content of every file.")
        run.add_argument(
            "--empty", action="store_true", help="Believe a listing that has no file at all."
        )
        for name, text in (("pause", "Have no sync begin."), ("resume", "Go on.")):
            actions.add_parser(name, help=text).add_argument("source")
        actions.add_parser("rotate", help="Encrypt credentials with the newest SECRET_KEY.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"handle_{options['action']}")(options)
        except AppError as error:
            raise CommandError(error.message) from None

    def handle_list(self, options: dict[str, Any]) -> None:
        for source in Source.objects.select_related("collection__owner"):
            collection = f"{source.collection} ({source.collection.owner})"
            due = f"next {source.due:%Y-%m-%d %H:%M}" if source.due else "only by hand"
            what = source.error or due
            self.stdout.write(
                f"{source.pk}  {source.name}  [{source.kind}]  {collection}  {source.state}: {what}"
            )

    def handle_run(self, options: dict[str, Any]) -> None:
        source = _find(options["source"])
        controls.run_now(source, is_full=options["full"], may_be_empty=options["empty"])
        while sync.run(source.pk):
            pass
        source.refresh_from_db()
        counts = ", ".join(f"{name} {count}" for name, count in source.counts.items() if count)
        self.stdout.write(counts or "Nothing there.")
        if source.error:
            raise CommandError(source.error)
        if source.is_running:
            raise CommandError("A worker is at it; what it has done is listed there.")

    def handle_pause(self, options: dict[str, Any]) -> None:
        controls.pause(_find(options["source"]))

    def handle_resume(self, options: dict[str, Any]) -> None:
        controls.resume(_find(options["source"]))

    def handle_rotate(self, options: dict[str, Any]) -> None:
        done, unreadable = credentials.rotate()
        self.stdout.write(f"{done} credentials are encrypted with the newest SECRET_KEY.")
        if unreadable:
            raise CommandError(
                f"These could not be read and must be entered again: {', '.join(unreadable)}."
            )


def _find(named: str) -> Source:
    try:
        found = list(Source.objects.filter(pk=UUID(named)))
    except ValueError:
        found = list(Source.objects.filter(name=named)[:2])
    if len(found) != 1:
        raise CommandError(
            f"There is no source {named!r}." if not found else "Several have this name: say its id."
        )
    return found[0]
