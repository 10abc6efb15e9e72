"""Pictures on their way into a question: uploaded, read for models that cannot see, swept."""

import base64
import binascii
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from aiapp.concurrency.locks import lock_until_commit
from aiapp.db import in_db
from aiapp.errors import InvalidInput, TooLarge, TooManyRequests, UnsupportedType
from aiapp.sql.deletion import delete_rows
from chat.models import Attachment
from documents.files import filenames, media_types, pictures

TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
# So many may wait to be sent, and so long.
MAX_UNSENT = 100
UNSENT_RETENTION = timedelta(days=1)
DATA_URL = "data:"
# Programs break Base64 into lines, escape it for addresses or leave its end out.
_FOR_ADDRESSES = str.maketrans({"-": "+", "_": "/", "\n": None, "\r": None, "\t": None})


async def store_upload(user: User, file: "UploadedFile[Any]") -> Attachment:
    """Keep a picture that a question will be asked about.

    Raises InvalidInput, TooLarge, UnsupportedType, TooManyRequests or an IngestError.
    """
    if not file.size:
        raise InvalidInput("The file is empty.", code="empty_file")
    _check_size(file.size)
    name = filenames.clean(file.name or "picture")
    _check_kind(name, file)
    file.seek(0)
    return await _store_picture(user, name, file.read())


async def store_data_url(user: User, url: str) -> Attachment:
    """The same for a picture inside a request. Addresses are refused: nothing is fetched."""
    head, _, body = url.partition(",")
    if not head.lower().startswith(DATA_URL):
        raise InvalidInput(
            "Send pictures as data URLs; addresses are not fetched.", code="picture_by_address"
        )
    # Which kind its first bytes say: clients write `image/jpg`, or parameters behind it.
    if not head[len(DATA_URL) :].strip().lower().startswith("image/"):
        raise _unsupported_type()
    try:
        data = base64.b64decode(_mend_base64(body), validate=True)
    except binascii.Error as error:
        raise InvalidInput("The picture is not valid Base64.", code="bad_picture") from error
    _check_size(len(data))
    _check_kind("picture", ContentFile(data))
    return await _store_picture(user, "picture", data)


async def ensure_text(attachment: Attachment) -> Attachment:
    """Have the words in a picture read, once, for models that cannot see. Raises an IngestError."""
    if attachment.text is None:
        attachment.text = await pictures.read_text(
            pictures.Picture(
                attachment.media_type,
                attachment.width,
                attachment.height,
                await in_db(lambda: bytes(attachment.data)),
            )
        )
        await in_db(attachment.save, update_fields=["text"])
    return attachment


def sweep() -> None:
    """Delete pictures that were never sent, and those whose chats are gone."""
    old = timezone.now() - UNSENT_RETENTION
    delete_rows(Attachment.objects.filter(messages=None, created__lt=old))


async def _store_picture(user: User, name: str, data: bytes) -> Attachment:
    await in_db(_check_room, user)
    rewritten = await pictures.rewrite(data)
    picture = Attachment(
        owner=user,
        filename=name,
        media_type=rewritten.media_type,
        width=rewritten.width,
        height=rewritten.height,
        data=rewritten.data,
    )
    return await in_db(_store, picture)


def _store(picture: Attachment) -> Attachment:
    with transaction.atomic():
        # Once more, for those that came at the same time; the first look saves their drawing.
        lock_until_commit(f"pictures {picture.owner_id}")
        _check_room(picture.owner)
        picture.save()
    return picture


def _mend_base64(body: str) -> str:
    """Return Base64 as the standard has it."""
    text = unquote(body).translate(_FOR_ADDRESSES).rstrip("=")
    return text + "=" * (-len(text) % 4)


def _check_room(user: User) -> None:
    if Attachment.objects.filter(owner=user, messages=None).count() >= MAX_UNSENT:
        raise TooManyRequests(
            "Many of your pictures have not been sent yet. Send some, or wait a day.",
            code="too_many_attachments",
        )


def _check_kind(name: str, file: "File[Any]") -> None:
    if media_types.detect_format(name, file).media_type not in TYPES:
        raise _unsupported_type()


def _check_size(size: int) -> None:
    if size > settings.PICTURE_MAX_BYTES:
        megabytes = settings.PICTURE_MAX_BYTES // (1024 * 1024)
        raise TooLarge(
            f"The picture is larger than {megabytes} MB.", max_bytes=settings.PICTURE_MAX_BYTES
        )


def _unsupported_type() -> UnsupportedType:
    return UnsupportedType("A picture is a PNG, JPEG, GIF or WebP file.", code="not_a_picture")
