"""A small site for backups: to be filled, and to be looked at as its person would.

    DATABASE_URL=… DATA_DIR=… python -m tests.processes.site_to_copy fill|look

`look` prints what she sees, which has to be the same in a copy.
"""

import hashlib
import html
import json
import os
import re
import sys
from typing import Any

import django
from asgiref.sync import async_to_sync

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aiapp.settings")
PASSWORD = "a long password 1"
TEXT = "The harbour opens at seven."


def fill() -> None:
    user = User.objects.create_user("ann", "ann@example.org", PASSWORD)
    document = ready_document(user, [TEXT, "The harbour master has the key."], title="harbour.pdf")
    chat = Conversation.objects.create(owner=user, title="Mornings")
    question = Message.objects.create(conversation=chat, role="user", content="When does it open?")
    answer = Message.objects.create(
        conversation=chat, role="assistant", content="At seven. [1]", parent=question
    )
    chat.leaf_id = answer.pk
    chat.save()
    passage = {"page": 1, "start": 0, "end": len(TEXT), "quote": TEXT, "support": "supported"}
    Citation.objects.create(
        message=answer, n=1, version=document.current, document_title=document.title, **passage
    )


def look() -> dict[str, Any]:
    """Sign in, open the chat, follow the citation, get the file, search."""
    browser = Client(SERVER_NAME="127.0.0.1")
    form = {"username": "ann", "password": PASSWORD}
    signed_in = browser.post(reverse("accounts:login"), form).status_code
    chat = browser.get(f"/chat/{Conversation.objects.get().pk}/").content.decode()
    [link] = set(re.findall(r'href="(/documents/[^"]+version=[^"]+)"', chat))
    cited = browser.get(html.unescape(link))
    user = User.objects.get(username="ann")
    found = async_to_sync(search)(user, "harbour opens", mode="lexical")
    with Document.objects.get().current.file.open() as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "signed in": signed_in,
        "cited": cited.status_code,
        "is quoted there": TEXT in html.unescape(cited.content.decode()),
        "link": html.unescape(link),
        "passages": [[str(each.chunk_id), each.page] for each in found.passages],
        "sha256": digest,
    }


if __name__ == "__main__":
    django.setup()
    from django.conf import settings
    from django.test import Client, override_settings
    from django.urls import reverse

    from accounts.models import User
    from chat.models import Citation, Conversation, Message
    from documents.models import Document
    from documents.search import search
    from documents.tests.library import ready_document

    if sys.argv[1] == "fill":
        fill()
    else:
        # Pages are drawn without collecting static files first.
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        with override_settings(STORAGES=settings.STORAGES | {"staticfiles": plain}):
            sys.stdout.write(json.dumps(look()))
