"""Take files in for a collection, and say of each what became of it.

Who may add documents and neither see nor change those of others learns nothing of them here.
"""

from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from accounts.credentials.authentication import user_of
from accounts.models import User
from aiapp.errors import AppError
from documents import access
from documents.admin.bases import CollectionChoice, demand, page
from documents.library import uploads
from documents.metadata.form_field import MetadataField
from documents.models import Collection, Document


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one upload: its document, or the reason why there is none.

    `known` if the collection has the file already, `renewed` if it is the next version of a
    document that was there.
    """

    name: str
    document: Document | None = None
    known: bool = False
    renewed: bool = False
    reason: str = ""


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files. Whether one can be read is for `uploads` to say."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        if not data:
            raise forms.ValidationError("Choose at least one file.")
        return list(data)


class UploadForm(forms.Form):
    collection = CollectionChoice()
    files = FilesField(widget=FilesInput(attrs={"accept": uploads.ACCEPTED}))
    metadata = MetadataField()

    def __init__(self, *args: Any, uploader: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(CollectionChoice, self.fields["collection"])
        field.offer(access.collections_seen_by_staff(uploader))


def upload(request: HttpRequest) -> HttpResponse:
    demand(request, "documents.add_document")
    initial = {"collection": request.GET.get("collection")}
    user = user_of(request)
    form = UploadForm(request.POST or None, request.FILES or None, initial=initial, uploader=user)
    results: list[Result] = []
    if request.method == "POST" and form.is_valid():
        target = form.cleaned_data["collection"]
        metadata = form.cleaned_data["metadata"] or None
        files = form.cleaned_data["files"]
        results = [_upload_file(request, file, target, metadata) for file in files]
        form = UploadForm(initial={"collection": target}, uploader=user)
    return page(
        request,
        "admin/documents/upload.html",
        "Upload documents",
        form=form,
        results=results,
        refused=sum(not each.document for each in results),
        list_url=reverse("admin:documents_document_changelist"),
        max_megabytes=settings.DOCUMENT_MAX_BYTES // (1024 * 1024),
        suffixes=uploads.ACCEPTED.replace(",", " "),
    )


def _upload_file(
    request: HttpRequest,
    file: "UploadedFile[Any]",
    collection: Collection,
    metadata: dict[str, Any] | None,
) -> Result:
    name, before, user = file.name or "", timezone.now(), user_of(request)
    known = access.documents_changed_by_staff(user)
    try:
        document = uploads.keep(user, file, collection, metadata=metadata, among=known)
    except AppError as error:
        return Result(name, reason=error.message)
    if document.created >= before:
        return Result(name, document)
    newest = document.versions.order_by("-number").first()
    renewed = newest is not None and newest.created >= before
    return Result(name, document, known=not renewed, renewed=renewed)
