"""Every page of the administration, by staff with a single permission each.

Whatever a table holds is marked by a word of its own, so that a page tells what it opens. What a
permission opens is written down here, and nothing else may appear: in a list or its filters, a
form that was given the ids of others' things, a confirmation, a history, or a page of our own.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import ForeignKey, Model
from django.test import Client
from django.urls import get_resolver, reverse

from accounts.models import ApiKey, RefreshSession, User
from aiapp.admin import Guarded, KnownChoices
from chat.models import Conversation, Endpoint, Feedback, FlaggedTurn
from documents.models import Collection, Document, QuestionSet, Source, Version
from tests.rights.marked import MARK, Marked

pytestmark = pytest.mark.django_db
CLOSED = {302, 403, 404}
OF_DJANGO = {"changelist", "add", "change", "delete", "history"}
ACCOUNT = {"person", "mail", "first-name", "group"}
FILED = {"document", "collection", "person"}
TURN = {"turn-model", "person", "rule", "flag", "follow-up", "prompt", "turn-error", "request"}
# What one sees of a thing whose rows one may view. Adding alone opens nothing, and deleting alone
# the name of what is deleted.
OPENS = {
    "user": ACCOUNT,
    "group": {"group"},
    "refreshsession": {"person"},
    "apikey": {"prefix", "key", "person"},
    "auditentry": {"audit-name", "audit-address", "audit-object", "audit-kind"},
    "price": {"price"},
    "budget": {"group"},
    "ledgerentry": {"ledger-name", "ledger-model"},
    "conversation": {"chat", "person"},
    "turn": TURN,
    "flaggedturn": {"flag", "rule", "person", "turn-model"},
    "feedback": {"reason", "asked", "answer"},
    "endpoint": {"endpoint", "address"},
    "endpointmodel": {"endpoint", "model", "group", "upstream", "label"},
    "mcpserver": set(),
    "collection": {"collection", "empty-collection", "person"},
    # With the names of the collections that hold any.
    "document": {*FILED, "metadata", "hidden-document"},
    "version": {"document", "hidden-document"},
    "chunk": {"page-text", "document", "hidden-document", "hidden-text"},
    # Of the collection that these staff may change, but not of a document in it that they may not.
    "questionset": {"open-set"},
    "question": {"open-set", "open-question"},
    "evaluation": {"open-set", "open-question"},
    "source": {"open-source", "open-address", "path"},
    "embeddingspace": {"space", "provider"},
}
# The collection is theirs to change, and tells whose it is.
ALWAYS = {"open-collection", "open-person"}


@dataclass(frozen=True)
class Page:
    model: type[Model]
    name: str
    address: str

    @property
    def is_own(self) -> bool:
        return self.name not in OF_DJANGO


@pytest.fixture(autouse=True)
def _administration() -> None:
    """Its pages are read together with the site's addresses, which the first request does."""
    assert get_resolver().url_patterns
    assert User in admin.site._registry


@pytest.fixture
def secrets(settings, tmp_path) -> Iterator[Marked]:
    settings.MEDIA_ROOT = tmp_path / "files"
    logging.disable(logging.CRITICAL)
    yield Marked()
    logging.disable(logging.NOTSET)


@pytest.fixture
def staff(secrets: Marked, client: Client) -> User:
    """One who may change a collection of another's, and not see all that is in it."""
    user = User.objects.create_user("sam", "sam@example.org", "a long password 1", is_staff=True)
    secrets.open_to(user)
    client.force_login(user)
    return user


def list_pages(secrets: Marked) -> Iterator[Page]:
    for model in admin.site._registry:
        below = f"{model._meta.app_label}_{model._meta.model_name}_"
        row = secrets.rows[model]
        for pattern in admin.site.get_model_admin(model).get_urls():
            if name := getattr(pattern, "name", None):
                start = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
                yield Page(model, name.removeprefix(below), start + _fill(pattern, row))


def _fill(pattern: Any, row: Model) -> str:
    def value(found: re.Match[str]) -> str:
        # Django's own takes any text; another kind of thing than this row is not here.
        return str(row.pk if found[1] != "uuid" or len(str(row.pk)) == 36 else uuid4())

    return re.sub(r"<(?:(\w+):)?\w+>", value, str(pattern.pattern))


def list_permissions() -> Iterator[tuple[str, type[Model], list[Permission]]]:
    """Each permission by itself; those over what has no page here are tried together."""
    others = []
    for each in Permission.objects.select_related("content_type"):
        model = each.content_type.model_class()
        if model in admin.site._registry:
            yield each.codename, model, [each]
        else:
            others.append(each)
    yield "others", Model, others


def find_marks(response: Any) -> set[str]:
    assert response.status_code < 500
    return set(MARK.findall("" if response.streaming else response.content.decode()))


def list_foreign(model: type[Model], secrets: Marked) -> dict[str, str]:
    """The fields of a form, and of the rows in it, that name things of others."""
    form = _point(model, secrets)
    for inline in admin.site.get_model_admin(model).inlines:
        fields = [field for field in inline.model._meta.fields if field.related_model is model]
        name = fields[0].remote_field.get_accessor_name()
        form |= {f"{name}-TOTAL_FORMS": "1", f"{name}-INITIAL_FORMS": "0"}
        form |= {f"{name}-0-{key}": pk for key, pk in _point(inline.model, secrets).items()}
    return form | {"collection": str(secrets.rows[Collection].pk), "action": "x"}


def _point(model: type[Model], secrets: Marked) -> dict[str, str]:
    fields = [field for field in model._meta.fields if isinstance(field, ForeignKey)]
    return {
        field.name: str(secrets.rows[field.related_model].pk)
        for field in fields
        if field.related_model in secrets.rows
    }


def walk(client: Client, secrets: Marked, pages: Iterable[Page]) -> set[str]:
    seen: set[str] = set()
    for page in pages:
        answer = client.get(page.address)
        seen |= find_marks(answer)
        if answer.status_code in CLOSED or page.name in {"delete", "history"}:
            continue
        if page.name == "changelist":
            for sent in _list_actions(page.model, secrets):
                seen |= _post(client, page.address, sent)
        else:
            seen |= _post(client, page.address, list_foreign(page.model, secrets))
    return seen


def _list_actions(model: type[Model], secrets: Marked) -> Iterator[dict[str, str]]:
    for action in (*admin.site.get_model_admin(model).actions, "delete_selected"):
        yield {"action": action, "_selected_action": str(secrets.rows[model].pk)}


def _post(client: Client, address: str, sent: dict[str, str]) -> set[str]:
    with transaction.atomic():
        found = find_marks(client.post(address, sent, follow=True))
        transaction.set_rollback(True)
    return found


def test_a_permission_opens_what_is_its_own_and_nothing_else(
    client: Client, staff: User, secrets: Marked
):
    pages, opened = list(list_pages(secrets)), set()
    for codename, model, permissions in list_permissions():
        staff.user_permissions.set(permissions)
        seen = walk(client, secrets, [page for page in pages if page.model is model]) - ALWAYS
        assert seen <= _list_allowed(codename, secrets.rows.get(model)), codename
        opened |= seen
    # The walk came to the pages: all that some permission opens was seen.
    assert opened == {mark for marks in OPENS.values() for mark in marks} - ALWAYS


def _list_allowed(codename: str, row: Model | None) -> set[str]:
    verb = codename.partition("_")[0]
    if verb == "delete":
        return set(MARK.findall(str(row)))
    opened = OPENS.get(row._meta.model_name or "", set()) if row is not None else set()
    if verb in {"view", "change"}:
        return opened
    # Of what they may change without any right as staff.
    return {mark for mark in opened if mark.startswith("open-")}


def list_opened_by_others(client: Client, staff: User, pages: Iterable[Page]) -> Iterator[Page]:
    """Yield the pages that all rights but those over their own kind open.

    What those together do not open, no right of one kind opens.
    """
    for page in pages:
        model = page.model._meta.model_name
        staff.user_permissions.set(Permission.objects.exclude(content_type__model=model))
        answer = client.get(page.address)
        if answer.status_code not in CLOSED:
            yield page
        else:
            assert find_marks(answer) <= ALWAYS, page


def test_all_rights_over_one_kind_open_no_page_of_our_own_about_another(
    client: Client, staff: User, secrets: Marked
):
    own = [page for page in list_pages(secrets) if page.is_own]
    opened = list(list_opened_by_others(client, staff, own))
    assert len(opened) < len(own)
    for model in secrets.rows:
        name = model._meta.model_name or ""
        staff.user_permissions.set(Permission.objects.filter(content_type__model=name))
        others = [page for page in opened if page.model is not model]
        seen = walk(client, secrets, others) - ALWAYS
        for choice in _list_choosers(model):
            seen |= find_marks(client.get("/admin/autocomplete/", choice)) - ALWAYS
        assert seen <= OPENS[name], name


def _list_choosers(model: type[Model]) -> Iterator[dict[str, str]]:
    own = admin.site.get_model_admin(model)
    for each in (own, *own.inlines):
        options = each.model._meta
        for field in each.autocomplete_fields:
            name = {"app_label": options.app_label, "model_name": options.model_name or ""}
            yield name | {"field_name": field, "term": "mark"}


def test_real_questions_go_into_sets_that_one_may_see(client: Client, staff: User, secrets: Marked):
    wanted = ["view_feedback", "add_question"]
    staff.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    address = reverse("admin:chat_feedback_changelist")
    sent = {"action": "add_to_question_set", "_selected_action": secrets.rows[Feedback].pk}
    seen = find_marks(client.post(address, sent))
    assert "open-set" in seen
    assert "set" not in seen
    hidden = QuestionSet.objects.get(name="mark-set")
    client.post(address, sent | {"apply": "1", "question_set": hidden.pk})
    assert hidden.questions.count() == 1


def test_an_address_filters_by_what_its_page_shows_and_by_nothing_else(
    client: Client, staff: User, secrets: Marked
):
    staff.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    for model, field in [
        *((ApiKey, name) for name in ("hash", "password", "user__password", "user__email")),
        *((RefreshSession, name) for name in ("token_hash", "user__password")),
        *((FlaggedTurn, name) for name in ("prompt", "request", "follow_ups", "message__content")),
        *((Conversation, name) for name in ("messages__content", "owner__email", "client_id")),
        *((Source, name) for name in ("sealed_credential", "collection__owner__password")),
        *((Endpoint, name) for name in ("sealed_key", "created_by__password")),
        *((Document, name) for name in ("current__page_texts__text", "collection__owner__email")),
        *((User, name) for name in ("password", "conversations__title", "facts__text")),
    ]:
        own = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        answer = client.get(reverse(own), {f"{field}__startswith": "mark"})
        assert answer.status_code == 400, (model, field)
    chunks = reverse("admin:documents_chunk_changelist")
    assert client.get(chunks, {"version": secrets.rows[Version].pk}).status_code == 200


def test_a_key_that_is_none_is_refused_and_breaks_no_page(client: Client, secrets: Marked):
    client.force_login(User.objects.create_superuser("root", "root@example.org", "root's own"))
    for page in list_pages(secrets):
        if page.name == "change":
            assert client.get(page.address, {"_to_field": ""}).status_code == 200, page
        for action in admin.site.get_model_admin(page.model).actions:
            sent = {"action": action, "_selected_action": "no key"}
            if page.name == "changelist":
                assert client.post(page.address, sent).status_code == 422, page


def test_each_page_of_the_administration_is_guarded():
    for own in admin.site._registry.values():
        assert isinstance(own, Guarded)
        assert all(issubclass(inline, KnownChoices) for inline in own.inlines)
