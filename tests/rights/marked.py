"""A row of every kind that the administration shows, marked by what it is."""

import re
from uuid import uuid4

from django.contrib.auth.models import Group
from django.db.models import Model
from django.utils import timezone

from accounts.models import ApiKey, AuditEntry, Budget, LedgerEntry, Price, RefreshSession, User
from chat import models as chat
from documents import models as documents
from documents.models import Collection, Document
from documents.tests.library import ready_document

MARK = re.compile(r"mark-([a-z]+(?:-[a-z]+)*)")


class Marked:
    """All of it is other people's. `rows` has the one of each model that pages are asked for."""

    def __init__(self) -> None:
        self.rows: dict[type[Model], Model] = {}
        self.other = User.objects.create_user("mark-open-person", "o@example.org", "a password 1")
        self.person = User.objects.create_user("mark-person", "mark-mail@example.org", "password 1")
        User.objects.filter(pk=self.person.pk).update(first_name="mark-first-name")
        self.group = Group.objects.create(name="mark-group")
        self.person.groups.add(self.group)
        self._keep(self.person, self.group)
        self._plant_library()
        self._plant_chats()
        self._plant_servers()
        self._plant_accounts()

    def open_to(self, staff: User) -> None:
        self.open.shares.create(user=staff, role="editor")

    def _keep(self, *rows: Model) -> None:
        self.rows |= {type(row): row for row in rows}

    def _plant_library(self) -> None:
        Collection.objects.create(owner=self.person, name="mark-empty-collection")
        hidden = Collection.objects.create(owner=self.person, name="mark-collection")
        self.open = Collection.objects.create(owner=self.other, name="mark-open-collection")
        document = self._plant_document(hidden, "mark-document", "mark-page-text")
        document.shares.create(group=self.group)
        hidden.shares.create(group=self.group)
        version = document.versions.get()
        self._plant_questions(document, "mark-")
        self._plant_source(hidden, "mark-")
        self._keep(hidden, document, version, version.chunks.get())
        # In a collection that others change, and restricted there: its pages are the ones asked
        # for, since those of the other collection are nobody's.
        restricted = self._plant_document(self.open, "mark-hidden-document", "mark-hidden-text")
        self._plant_questions(restricted, "mark-open-")
        self._plant_source(self.open, "mark-open-")

    def _plant_document(self, collection: Collection, title: str, text: str) -> Document:
        document = ready_document(self.person, [text], title=title, collection=collection)
        document.metadata, document.restricted = {"about": "mark-metadata"}, True
        document.save()
        return document

    def _plant_questions(self, document: Document, mark: str) -> None:
        question_set = documents.QuestionSet.objects.create(
            name=f"{mark}set", collection=document.collection, created_by=self.person
        )
        question = question_set.questions.create(text=f"{mark}question")
        question.expected.create(document=document, quote="mark-quote")
        found = {"document": str(document.pk), "title": document.title, "page": 1, "score": 1}
        evaluation = question_set.evaluations.create(
            state="done",
            created_by=self.other,
            recall=0.5,
            details=[{"question": question.pk, "recall": 1, "ndcg": 1, "found": [found]}],
        )
        self._keep(question_set, question, evaluation)

    def _plant_source(self, collection: Collection, mark: str) -> None:
        source = documents.Source.objects.create(
            collection=collection, name=f"{mark}source", kind="folder", owner=self.person,
            address=f"/{mark}address", sealed_credential="mark-sealed-credential",
        )  # fmt: skip
        source.items.create(key="x", key_digest="x", path="mark-path", seen=1, state="failed")
        self._keep(source)

    def _plant_chats(self) -> None:
        own = {"owner": self.person}
        folder = chat.Folder.objects.create(name="mark-folder", instructions="mark-orders", **own)
        conversation = chat.Conversation.objects.create(title="mark-chat", folder=folder, **own)
        asked = conversation.messages.create(role="user", content="mark-asked")
        answer = conversation.messages.create(role="assistant", content="mark-answer", parent=asked)
        flag = {"source": "question", "rules": ["mark-rule"], "score": 1, "excerpt": "mark-flag"}
        turn = chat.Turn.objects.create(
            message=answer, model="mark-turn-model", state="done", request_id="mark-request",
            prompt=[{"name": "a", "text": "mark-prompt", "tokens": 1}], flags=[flag],
            error_message="mark-turn-error", follow_ups=["mark-follow-up"], **own,
        )  # fmt: skip
        chat.Thoughts.objects.create(turn=turn, text="mark-thoughts")
        chat.UserFact.objects.create(text="mark-fact", **own)
        chat.SavedPrompt.objects.create(title="mark-saved", text="mark-saved-text", **own)
        batch = chat.Batch.objects.create(
            kind="questions", title="mark-batch", model="echo", state="done", **own
        )
        batch.items.create(position=1, text="mark-item", answer="mark-item-answer", state="done")
        chat.ChatImport.objects.create(
            file="imports/x", filename="mark-import.zip", state="done", **own
        )
        feedback = chat.Feedback.objects.create(message=answer, rating="down", reason="mark-reason")
        self._keep(conversation, turn, feedback, chat.FlaggedTurn.objects.get(pk=turn.pk))

    def _plant_servers(self) -> None:
        endpoint = chat.Endpoint.objects.create(
            name="mark-endpoint", kind="openai", address="http://mark-address/v1",
            sealed_key="mark-sealed-key", created_by=self.person, is_enabled=False,
        )  # fmt: skip
        model = chat.EndpointModel.objects.create(
            endpoint=endpoint, upstream="mark-upstream", name="mark-model", label="mark-label",
            is_for_all=False, is_enabled=False,
        )  # fmt: skip
        model.groups.add(self.group)
        server = chat.McpServer.objects.create(
            name="mark-server", url="http://mark-mcp-address/", enabled=False,
            instructions="mark-server-text",
        )  # fmt: skip
        space = documents.EmbeddingSpace.objects.create(
            provider="mark-provider", model="mark-space", dimension=3
        )
        self._keep(endpoint, model, server, space)

    def _plant_accounts(self) -> None:
        own = {"user": self.person}
        self._keep(
            ApiKey.objects.create(
                name="mark-key", prefix="mark-prefix", hash="mark-hash", password="mark-x", **own
            ),
            RefreshSession.objects.create(
                token_hash="mark-token", expires=timezone.now(), **own
            ),
            Budget.objects.create(group=self.group, tokens=7),
            LedgerEntry.objects.create(
                username="mark-ledger-name", turn=uuid4(), model="mark-ledger-model", **own
            ),
            AuditEntry.objects.create(
                username="mark-audit-name", action="login", kind="mark-audit-kind",
                object_id="mark-audit-object", address="mark-audit-address", **own,
            ),
            Price.objects.create(model="mark-price", input=1, output=1),
        )  # fmt: skip
