"""A picture of a message, shown to its owner and to nobody else."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.credentials.authentication import user_of
from chat.conversations import access
from chat.models import Attachment


@login_required
@require_safe
def attachment(request: HttpRequest, attachment_id: UUID) -> HttpResponse:
    return picture(access.get_attachment(user_of(request), attachment_id))


def picture(attachment: Attachment) -> HttpResponse:
    """The bytes, which a browser shows as what they are and runs nothing of."""
    response = HttpResponse(bytes(attachment.data), content_type=attachment.media_type)
    suffix = attachment.media_type.removeprefix("image/")
    name = content_disposition_header(False, f"{attachment.filename}.{suffix}")
    response["Content-Disposition"] = name or "inline"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
