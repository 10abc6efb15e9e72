"""Whatever is looked up by a name, a hash or an id of the asker's choosing, on their behalf.

What is hidden from them must answer as what does not exist, and stay as it was. Each look-up is
asked twice, in a site with the hidden thing and in one without. The places that look things up
are read from the source, so a new one fails here until it has been reviewed.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as site
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from langchain_core.embeddings import DeterministicFakeEmbedding

from accounts.models import User
from aiapp.errors import AppError
from chat.attachments import sending
from chat.conversations import folders
from chat.importing import saving
from chat.importing.parsed_chat import Line, ParsedChat
from chat.memory import facts
from chat.models import (
    Attachment,
    Conversation,
    Folder,
    ImportedChat,
    Message,
    NextQuestion,
    SavedPrompt,
    Turn,
    UserFact,
)
from chat.openai_api import operations
from chat.protocols import ai_sdk
from chat.turns.accepting import repeats
from chat.turns.accepting.request import Choices, Question
from chat.turns.running import following
from documents.langchain import CollectionStore
from documents.library import collections, listing, sharing, uploads
from documents.models import (
    Collection,
    CollectionShare,
    Document,
    QuestionSet,
    Table,
    Version,
)
from documents.search import Scope
from documents.tables import listing as tables
from documents.tests.library import ready_document

pytestmark = [pytest.mark.django_db]

NAME, BYTES, ID = "falcon.txt", b"The zeppelin lands at noon.", "falcon-7"


@dataclass
class World:
    """Eve edits Olga's collection and may add to it as staff; `hidden` is for others."""

    olga: User
    eve: User
    papers: Collection

    def hide(self, document: Document) -> Document:
        Document.objects.filter(pk=document.pk).update(restricted=True)
        return document


def _person(name: str, **more: Any) -> User:
    return User.objects.create_user(name, f"{name}@example.org", "a long password 1", **more)


@pytest.fixture
def world(settings, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path / "files"
    olga, eve = _person("olga"), _person("eve", is_staff=True)
    codenames = ("add_document", "view_collection", "add_question", "view_questionset")
    eve.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    papers = Collection.objects.create(owner=olga, name="Papers")
    CollectionShare.objects.create(collection=papers, user=eve, role="editor")
    QuestionSet.objects.create(name="Set", collection=papers)
    return World(olga, User.objects.get(pk=eve.pk), papers)


def _file(data: bytes = BYTES, name: str = NAME) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


# What is planted, for Olga alone.


def plant_file(world: World) -> Document:
    return world.hide(uploads.accept(world.olga, _file(), world.papers))


def plant_later_version(world: World) -> Document:
    """The name and bytes of its first version are those that are asked for."""
    document = plant_file(world)
    first = document.versions.get()
    Version.objects.create(
        document=document, number=2, file=first.file.name, filename="other.txt", size=3,
        media_type="text/plain", sha256="0" * 64,
    )  # fmt: skip
    return document


def plant_text(world: World) -> Document:
    _store(world.olga, world.papers).add_texts(["The zeppelin."], ids=[ID])
    return world.hide(Document.objects.get(external_id=ID))


def _add_table(document: Document) -> Document:
    assert document.current is not None
    Table.objects.create(
        version=document.current, number=1, name="falcon", page=1, rows=1, first_row=2, last_row=2,
        columns=[{"name": "zeppelins", "type": "BIGINT"}], sample=[["1"]],
    )  # fmt: skip
    return document


def plant_table(world: World) -> Document:
    return world.hide(_add_table(ready_document(world.olga, ["x"], collection=world.papers)))


def plant_chat(world: World) -> Message:
    chat = Conversation.objects.create(owner=world.olga, title="Falcon", client_id=ID)
    asked = Message.objects.create(conversation=chat, role="user", content="Zeppelin?")
    answer = Message.objects.create(
        conversation=chat, parent=asked, role="assistant", content="At noon."
    )
    Turn.objects.create(owner=world.olga, message=answer, model="echo", state="done", request_id=ID)
    return answer


def _store(user: User, collection: Collection) -> CollectionStore:
    return CollectionStore(user, collection, DeterministicFakeEmbedding(size=8), space_name="x")


# What is asked. Each returns what Eve is told, without ids and times.


def _describe(document: Document) -> dict[str, Any]:
    version = document.versions.order_by("-number").first()
    assert version is not None
    return {
        "title": document.title,
        "mine": document.added_by and document.added_by.username,
        "versions": document.versions.count(),
        "number": version.number,
        "size": version.size,
        "filename": version.filename,
    }


def _upload(name: str, data: bytes) -> Callable[[World], Any]:
    def ask(world: World) -> Any:
        return _describe(uploads.accept(world.eve, _file(data, name), world.papers))

    return ask


def _upload_by_page(world: World) -> Any:
    client = _client(world.eve)
    sent = {"files": _file(), "collection": str(world.papers.pk)}
    response = client.post("/documents/upload/", sent, follow=True)
    return _shape(response.content), [
        _describe(d) for d in Document.objects.filter(added_by=world.eve)
    ]


def _upload_by_admin(world: World) -> Any:
    world.papers.shares.all().delete()
    sent = {"files": _file(), "collection": str(world.papers.pk)}
    response = _client(world.eve).post("/admin/documents/document/upload/", sent)
    return _shape(response.content), [
        _describe(d) for d in Document.objects.filter(added_by=world.eve)
    ]


def _add_text(world: World) -> Any:
    store = _store(world.eve, world.papers)
    ids = store.add_texts(["Mine."], ids=[ID])
    store.add_texts(["Mine again."], ids=[ID])
    found = [each.page_content for each in store.get_by_ids([ID])]
    store.delete([ID])
    return ids, found, store.get_by_ids([ID])


def _move_text(world: World) -> Any:
    own = Collection.objects.create(owner=world.eve, name="Own")
    _store(world.eve, own).add_texts(["Mine."], ids=[ID])
    document = Document.objects.get(collection=own)
    collections.move(world.eve, document, world.papers.pk)
    return Document.objects.get(pk=document.pk).collection.name


def _collection_by_admin(world: World) -> Any:
    permissions = Permission.objects.filter(codename__in=("add_collection", "view_user"))
    world.eve.user_permissions.set(permissions)
    form = {"name": "Falcon", "owner": world.olga.pk, "shares-TOTAL_FORMS": 0}
    form |= {"shares-INITIAL_FORMS": 0}
    page = _client(world.eve).post("/admin/documents/collection/add/", form)
    return page.status_code, _shape(page.content)


def _questions(name: str) -> Callable[[World], Any]:
    def ask(world: World) -> Any:
        world.papers.shares.all().delete()
        row = json.dumps({"question": "When?", "document": name})
        file = SimpleUploadedFile("set.jsonl", row.encode())
        pk = QuestionSet.objects.get().pk
        address = f"/admin/documents/questionset/{pk}/upload/"
        return _shape(_client(world.eve).post(address, {"file": file}).content)

    return ask


def _list_documents(world: World) -> Any:
    found = listing.load_listing(world.eve, listing.Query("falcon"))
    options = _client(world.eve).get("/chat/options/library/?q=falcon")
    return len(found.rows), _shape(options.content)


def _options(world: World) -> Any:
    client = _client(world.eve)
    kinds = ("commands", "library", "prompts")
    return [_shape(client.get(f"/chat/options/{kind}/?q=falcon").content) for kind in kinds]


def _named_collection(world: World) -> Any:
    return operations._find_collection_id(world.eve, "Falcon")


def _import(source: Callable[[], str]) -> Callable[[World], Any]:
    def ask(world: World) -> Any:
        told = ParsedChat(source(), "Mine", [Line("a", None, "user", "Mine.")], "a")
        return saving.save(world.eve, told)

    return ask


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _shape(page: bytes) -> str:
    """Without ids, times, tokens and nonces."""
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>", page.decode())
    text = re.sub(r'datetime="[^"]+"', "", text)
    text = re.sub(r'(value|nonce|content)="[\w+/=-]{16,}"', "", text)
    return re.sub(r"\s+", " ", text)


Plant, Ask = Callable[[World], Any], Callable[[World], Any]


def _plant_object(model: Any, **values: Any) -> Plant:
    return lambda world: model.objects.create(owner=world.olga, **values)


def _share(**grant: Any) -> Ask:
    def ask(world: World) -> Any:
        own = Collection.objects.create(owner=world.eve, name="Own")
        return sharing.add_collection_share(world.eve, own, sharing.Grant(**grant))

    return ask


def _retry(world: World) -> Any:
    return repeats._find_accepted(world.eve, ID)


def plant_waiting_question(world: World) -> Message:
    answer = plant_chat(world)
    NextQuestion.objects.create(
        conversation=answer.conversation, owner=world.olga, request_id=f"{ID}-next", content="Why?"
    )
    return answer


def _queue(world: World) -> Any:
    """Questions under the names of what Olga has asked, and of what waits for her answer."""
    chat = Conversation.objects.create(owner=world.eve, title="Mine")
    names = (ID, f"{ID}-next")
    rows = [
        following.add(world.eve, chat, Question("Mine?", request_id=name), Choices("echo"))
        for name in names
    ]
    return [row and (row.content, row.request_id) for row in rows]


def _attach(world: World) -> Any:
    found = Attachment.objects.first()
    return sending.tie(world.eve, {uuid4(): [found.pk if found else uuid4()]})


def _create_version_elsewhere(world: World) -> Any:
    """The bytes as the next version of a document of Eve's own, in the same collection."""
    mine = uploads.accept(world.eve, _file(b"Mine.", "mine.txt"), world.papers)
    version = uploads.build_version(_file(), NAME)
    with uploads.stored_file(version, _file()), transaction.atomic():
        uploads.attach(mine, version)
    return _describe(mine)


def _find_tables(world: World) -> list[str]:
    """A name that two have is another one, and only of those that may be read."""
    _add_table(ready_document(world.eve, ["x"]))
    found = tables.find_tables(Scope(world.eve), ["falcon"])
    return [f"{each.name} {each.table.version.document.added_by}" for each in found]


def _list_tables(world: World) -> tuple[list[str], int]:
    listed = tables._list_tables(Scope(world.eve), "zeppelins", 10)
    return [each.name for each in listed.tables], listed.count


LOOKUPS: dict[str, tuple[Plant, Ask]] = {
    "upload: bytes and name": (plant_file, _upload(NAME, BYTES)),
    "upload: bytes": (plant_file, _upload("another.txt", BYTES)),
    "upload: name": (plant_file, _upload(NAME, b"Other words.")),
    "upload: name in other case": (plant_file, _upload("FALCON.TXT", b"Other words.")),
    "upload: of a version before": (plant_later_version, _upload(NAME, BYTES)),
    "upload: by the page": (plant_file, _upload_by_page),
    "upload: in the admin, with add alone": (plant_file, _upload_by_admin),
    "upload: as a version": (plant_file, _create_version_elsewhere),
    "texts: id": (plant_text, _add_text),
    "texts: moved": (plant_text, _move_text),
    "questions: title": (plant_file, _questions(NAME)),
    "list: title": (plant_file, _list_documents),
    "options: collection": (_plant_object(Collection, name="Falcon"), _options),
    "options: chat": (plant_chat, _options),
    "options: prompt": (_plant_object(SavedPrompt, title="Falcon", text="x"), _options),
    "collection: by name": (_plant_object(Collection, name="Falcon"), _named_collection),
    "collection: same name": (
        _plant_object(Collection, name="Falcon"),
        lambda world: collections.create(world.eve, "Falcon").name,
    ),
    "collection: another's, in the admin": (
        _plant_object(Collection, name="Falcon"),
        _collection_by_admin,
    ),
    "folder: same name": (
        _plant_object(Folder, name="Falcon"),
        lambda world: folders.create(world.eve, "Falcon").name,
    ),
    "prompt: same title": (
        _plant_object(SavedPrompt, title="Falcon", text="x"),
        lambda world: _shape(
            _client(world.eve)
            .post("/chat/prompts/", {"title": "Falcon", "text": "Mine."}, follow=True)
            .content
        ),
    ),
    "fact: same words": (
        _plant_object(UserFact, text="Flies."),
        lambda world: facts.add(world.eve, "Flies.").text,
    ),
    "request: same id": (plant_chat, _retry),
    "queue: same id": (plant_waiting_question, _queue),
    "AI SDK: same chat": (
        plant_chat,
        lambda world: ai_sdk._get_or_create_conversation(world.eve, ID, [], "Mine?").title,
    ),
    "AI SDK: last answer": (
        plant_chat,
        lambda world: ai_sdk._find_answer_to_repeat(world.eve, ID, None),
    ),
    "AI SDK: running": (plant_chat, lambda world: ai_sdk._find_unfinished(world.eve, ID)),
    "import: source": (
        _plant_object(ImportedChat, source="chatgpt:7"),
        _import(lambda: "chatgpt:7"),
    ),
    "import: own export": (
        plant_chat,
        _import(lambda: f"aiapp:{getattr(Conversation.objects.first(), 'pk', uuid4())}"),
    ),
    "share: with a foreign group": (
        lambda world: world.olga.groups.add(Group.objects.create(name="Falcon")),
        _share(group="Falcon"),
    ),
    "share: with an account that is switched off": (
        lambda world: _person("falcon", is_active=False),
        _share(user="falcon"),
    ),
    "table: name": (plant_table, _find_tables),
    "table: words": (plant_table, _list_tables),
    "attachment: id": (
        _plant_object(
            Attachment, filename="x", media_type="image/png", width=1, height=1, data=b"x"
        ),
        _attach,
    ),
}


def _outcome(ask: Ask, world: World) -> Any:
    try:
        return ask(world)
    except AppError as error:
        return type(error).__name__, error.reason, error.message, error.data


@pytest.mark.parametrize("name", LOOKUPS)
def test_what_is_hidden_is_looked_up_as_what_does_not_exist(world: World, name: str) -> None:
    plant, ask = LOOKUPS[name]
    with transaction.atomic():
        without = _outcome(ask, world)
        transaction.set_rollback(True)
    plant(world)
    before = _load_rows(world)
    assert _outcome(ask, world) == without
    assert _load_rows(world) == before


def _load_rows(world: World) -> list[Any]:
    """Return what Olga has, as it stands in the database."""
    documents = Document.objects.filter(added_by=world.olga)
    versions = Version.objects.filter(document__in=documents).order_by("pk")
    texts = Message.objects.filter(conversation__owner=world.olga).order_by("pk")
    return [
        *documents.order_by("pk").values_list("pk", "title", "collection", "current"),
        *versions.values_list("pk", "number", "sha256", "filename"),
        *texts.values_list("pk", "content"),
    ]


def test_who_may_change_all_documents_versions_them_in_the_admin(world: World) -> None:
    """The counter-proof: the same upload, with the permission."""
    hidden = plant_file(world)
    world.eve.user_permissions.add(Permission.objects.get(codename="change_document"))
    sent = {"files": _file(b"Newer words."), "collection": str(world.papers.pk)}
    _client(world.eve).post("/admin/documents/document/upload/", sent)
    assert hidden.versions.count() == 2


def test_who_may_add_alone_is_offered_no_collection_of_others(world: World) -> None:
    world.eve.user_permissions.remove(Permission.objects.get(codename="view_collection"))
    world.papers.shares.all().delete()
    client = _client(world.eve)
    assert b"Papers" not in client.get("/admin/documents/document/upload/").content
    sent = {"files": _file(), "collection": str(world.papers.pk)}
    client.post("/admin/documents/document/upload/", sent)
    assert not Document.objects.exists()


# The places, from the source.

FIELDS = {
    *("sha256", "digest", "hash", "token_hash", "title", "name", "filename", "external_id"),
    *("username", "email", "client_id", "request_id", "source", "key", "codename", "text"),
    *("prefix", "content", "document_title"),
}
CALLS = {
    *("filter", "exclude", "get", "aget", "Q", "get_object_or_404", "get_or_create"),
    *("aget_or_create", "update_or_create", "aupdate_or_create", "aliased"),
}
# Its first argument is the field.
LOOK = "looks_like"
SQL = re.compile(r"(?is)\b(select|where)\b.*\b(sha256|digest|title|filename|username|hash)\b *=")

# Why each may look things up so. `walked` ones are among LOOKUPS.
OWN, DOOR, SECRET, PUBLIC, ITSELF, STAFF = (
    "among the asker's own rows, walked",
    "among what the asker may read or change, walked",
    "by a secret of 256 bits",
    "accounts' names, which signing up and sharing have to tell; rated",
    "nobody's choice: the site asks for itself",
    "for staff that may view all documents",
)
REVIEWED = {
    "accounts.credentials.keys.find_key": SECRET,
    "accounts.names.is_taken": PUBLIC,
    "accounts.names._find_nearest": PUBLIC,
    "accounts.credentials.tokens._repeat_pair": SECRET,
    "accounts.credentials.tokens.revoke": SECRET,
    "accounts.credentials.tokens.rotate": SECRET,
    "aiapp.embedded.first_start.forget_password": ITSELF,
    "aiapp.embedded.first_start.make_admin": ITSELF,
    "chat.protocols.ai_sdk._find_answer_to_repeat": OWN,
    "chat.protocols.ai_sdk._get_or_create_conversation": OWN,
    "chat.protocols.ai_sdk._find_finished_answer": OWN,
    "chat.protocols.ai_sdk._find_unfinished": OWN,
    "chat.conversations.search._filter_matching": OWN,
    "chat.conversations.folders._save": OWN,
    "chat.endpoints.connecting.choose_name": STAFF,
    "chat.endpoints.downloads.ask_for": STAFF,
    "chat.endpoints.loading.note_new_name": STAFF,
    "chat.endpoints.own_server._describe": STAFF,
    "chat.endpoints.reading.choose_endpoint_name": STAFF,
    "chat.importing.saving._save": OWN,
    "chat.management.commands.models.Command._remove_connected": STAFF,
    "chat.management.commands.models.Command.handle_test": STAFF,
    "chat.memory.facts._save": OWN,
    "chat.models.endpoints.EndpointModel.Meta": ITSELF,
    "chat.openai_api.operations._find_collection_id": DOOR,
    "chat.pages.options._commands": OWN,
    "chat.pages.options._library": DOOR,
    "chat.pages.options._prompts": OWN,
    "chat.pages.saved_prompts.PromptForm.clean_title": OWN,
    "chat.conversations.sharing.open_share": SECRET,
    "chat.suggestions.suggesting._keep": ITSELF,
    "chat.tools.save_prompt.run.save": OWN,
    "chat.turns.accepting.repeats._find_accepted": OWN,
    "chat.turns.running.following.add": OWN,
    "chat.turns.running.following.has_asked": OWN,
    "documents.access.default_collection": OWN,
    "documents.api.documents._filter_documents": DOOR,
    "documents.library.collections._save": OWN,
    "documents.spaces.embedding.store": ITSELF,
    "documents.evaluation.library.evaluator": ITSELF,
    "documents.ingest.reading.read_pages": ITSELF,
    "documents.ingest.table_finding.find_source": ITSELF,
    "documents.library.listing._find_matching": DOOR,
    "chat.management.commands.evaluate.Command._collection": ITSELF,
    "documents.management.commands.sources._find": STAFF,
    "documents.models.library.Document.Meta": ITSELF,
    # By sources that the door let through.
    "documents.sources.progress.count_files": ITSELF,
    # Among the items of one source.
    "documents.sources.syncing.storing._Group._find_moved": ITSELF,
    "documents.tables.listing._list_tables": DOOR,
    "documents.tables.listing._name": DOOR,
    "documents.tables.listing.find_tables": DOOR,
    "documents.evaluation.questions._find_documents": DOOR,
    "documents.evaluation.questions.add": STAFF,
    "documents.library.reports": STAFF,
    # Between two versions of one document.
    "documents.ingest.reuse": ITSELF,
    "documents.library.sharing._look_up": DOOR,
    "documents.library.sharing._find_users": PUBLIC,
    "documents.library.texts._filter_named": DOOR,
    "documents.library.texts._find_or_create_documents": DOOR,
    "documents.library.texts.delete": DOOR,
    "documents.library.texts.find": DOOR,
    "documents.library.texts.is_name_taken": DOOR,
    "documents.library.uploads._find_namesake": DOOR,
    "documents.library.uploads._find_same_file": DOOR,
}


class _Places(ast.NodeVisitor):
    def __init__(self, module: str) -> None:
        self.inside = [module]
        self.found: set[str] = set()

    def _enter(self, node: Any) -> None:
        self.inside.append(node.name)
        self.generic_visit(node)
        self.inside.pop()

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _enter  # noqa: N815

    def visit_Call(self, node: ast.Call) -> None:
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        fields = {part for each in node.keywords for part in (each.arg or "").split("__")}
        if name == LOOK and isinstance(node.args[0], ast.Constant):
            fields, name = {node.args[0].value}, "filter"
        if name in CALLS and fields & FIELDS:
            self.found.add(".".join(self.inside))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and SQL.search(node.value):
            self.found.add(".".join(self.inside))


def _places() -> Iterator[str]:
    for app in ("accounts", "aiapp", "chat", "documents"):
        for path in sorted((Path(site.BASE_DIR) / app).rglob("*.py")):
            inside = path.relative_to(site.BASE_DIR)
            if not {"tests", "migrations"} & set(inside.parts):
                visitor = _Places(".".join(inside.with_suffix("").parts))
                visitor.visit(ast.parse(path.read_text(encoding="utf-8")))
                yield from visitor.found


def test_every_place_that_looks_something_up_by_what_it_holds_was_reviewed() -> None:
    assert sorted(_places()) == sorted(REVIEWED)
