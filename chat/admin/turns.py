"""Conversations and turns in the admin, to find out what happened to an answer."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from redis.exceptions import RedisError

from accounts.people.powers import is_superuser
from aiapp.admin import DeletedTogether, ModelAdmin, NeverAdded, ReadOnly, TabularInline
from aiapp.redis import sync_redis
from chat.admin import models
from chat.admin.real_questions import AddToQuestionSet
from chat.log import stream
from chat.models import Attempt, Conversation, Feedback, FlaggedTurn, Turn

MAX_EVENTS = 1000


@admin.register(Conversation)
class ConversationAdmin(NeverAdded, DeletedTogether, ModelAdmin):
    list_display = ("__str__", "owner", "message_count", "temporary", "updated")
    list_filter = ("temporary", "updated")
    search_fields = ("title", "owner__username")
    list_select_related = ("owner",)
    fields: ClassVar = ["title", "owner", "temporary", "message_count", "created", "updated"]
    readonly_fields: ClassVar = fields[1:]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        kept = super().get_queryset(request).filter(deleted=None)
        return kept.annotate(message_count=Count("messages"))

    def get_deleted_objects(
        self, objs: Iterable[Conversation], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """The names only: the messages are many, and turns, read-only by themselves, go along."""
        names = [str(obj) for obj in objs]
        return names, {"with all their messages": len(names)}, set(), []

    @admin.display(description="messages", ordering="message_count")
    def message_count(self, conversation: Any) -> int:
        return int(conversation.message_count)


class AttemptInline(NeverAdded, TabularInline):
    model = Attempt
    extra = 0
    fields = ("number", "runner", "started", "ended", "outcome")
    fields += ("prompt_tokens", "completion_tokens")
    readonly_fields = fields
    can_delete = False


@admin.register(Turn)
class TurnAdmin(AddToQuestionSet, ReadOnly, ModelAdmin):
    """Read-only: a turn's state is changed by its runner and nobody else."""

    list_display = ("id", "owner", "state", "model", "attempt", "prompt_tokens")
    list_display += ("completion_tokens", "error_code", "created", "finished")
    list_filter = ("state", "model", "error_code", "created")
    search_fields = ("=id", "owner__username", "request_id")
    list_select_related = ("owner",)
    show_full_result_count = False
    inlines = (AttemptInline,)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(models.models)
        return [path("models/", view, name=models.NAME), *super().get_urls()]

    def answers(self, queryset: QuerySet[Turn]) -> list[UUID]:
        return list(queryset.values_list("message", flat=True))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # By key, since a page that shows a message as a choice would load all messages.
        own = [field.name for field in Turn._meta.concrete_fields]
        # The events hold the answer, and quotes of documents that staff may not open.
        return [*own, "took", "events" if is_superuser(request) else "event_sizes"]

    @admin.display(description="took (s)")
    def took(self, turn: Turn) -> str:
        return f"{(turn.finished - turn.created).total_seconds():.1f}" if turn.finished else ""

    def events(self, turn: Turn) -> str:
        """The events sent to readers, while the log is still there."""
        return _list_events(turn, lambda data: data.decode())

    @admin.display(description="events")
    def event_sizes(self, turn: Turn) -> str:
        """The events without what they say."""
        return _list_events(turn, lambda data: f"{len(data):,} bytes")


def _list_events(turn: Turn, describe: Callable[[bytes], str]) -> str:
    try:
        with sync_redis() as redis:
            entries: Any = redis.xrange(stream.key(turn.pk), count=MAX_EVENTS)
    except RedisError:
        return "Redis is not responding."
    rows = format_html_join(
        "\n",
        "{} {} {}",
        (
            (position.decode(), fields[b"e"].decode(), describe(fields[b"d"]))
            for position, fields in entries
        ),
    )
    return format_html("<pre>{}</pre>", rows) if entries else "The log is gone."


@admin.register(FlaggedTurn)
class FlaggedTurnAdmin(ReadOnly, ModelAdmin):
    """Texts that looked like an attempt to steer a model, or were taken out of an answer."""

    list_display = ("created", "owner", "where", "rules", "score", "excerpt")
    list_filter = ("created",)
    search_fields = ("owner__username", "flags")
    list_select_related = ("owner",)
    show_full_result_count = False
    fields: ClassVar = ["created", "owner", "model", "state", "flags"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[FlaggedTurn]:
        flagged: QuerySet[FlaggedTurn] = super().get_queryset(request)
        return flagged.exclude(flags=None).order_by("-created")

    def where(self, turn: FlaggedTurn) -> str:
        return ", ".join(sorted({flag["source"] for flag in turn.flags or ()}))

    def rules(self, turn: FlaggedTurn) -> str:
        return ", ".join(sorted({rule for flag in turn.flags or () for rule in flag["rules"]}))

    def score(self, turn: FlaggedTurn) -> float:
        return max((float(flag["score"]) for flag in turn.flags or ()), default=0.0)

    def excerpt(self, turn: FlaggedTurn) -> str:
        return next((flag["excerpt"] for flag in turn.flags or () if flag["excerpt"]), "")


@admin.register(Feedback)
class FeedbackAdmin(AddToQuestionSet, ReadOnly, ModelAdmin):
    """People's feedback on answers: the questions that a set should hold are among them."""

    list_display = ("question", "rating", "reason", "created")
    list_filter = ("rating", "created")
    search_fields = ("reason", "message__parent__content")
    list_select_related = ("message__parent",)
    show_full_result_count = False
    fields: ClassVar = ["question", "answer", "rating", "reason", "created"]
    readonly_fields = fields

    def answers(self, queryset: QuerySet[Feedback]) -> list[UUID]:
        return list(queryset.values_list("message", flat=True))

    def question(self, feedback: Feedback) -> str:
        return feedback.message.parent.content[:300] if feedback.message.parent else ""

    def answer(self, feedback: Feedback) -> str:
        return feedback.message.content
