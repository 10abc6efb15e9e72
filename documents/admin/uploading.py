"""Take files in for a collection, and say of each what became of it."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from aiapp.errors import AppError
from documents import uploads
from documents.admin.bases import CollectionChoice, demand, page, user_of
from documents.models import Collection, Document


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a file: its document, or the reason why there is none.

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


def upload(request: HttpRequest) -> HttpResponse:
    demand(request, "documents.add_document")
    initial = {"collection": request.GET.get("collection")}
    form = UploadForm(request.POST or None, request.FILES or None, initial=initial)
    results: list[Result] = []
    if request.method == "POST" and form.is_valid():
        target = form.cleaned_data["collection"]
        results = [_accepted(request, file, target) for file in form.cleaned_data["files"]]
        form = UploadForm(initial={"collection": target})
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


def _accepted(request: HttpRequest, file: "UploadedFile[Any]", collection: Collection) -> Result:
    name, before = file.name or "", timezone.now()
    try:
        document = uploads.keep(user_of(request), file, collection)
    except AppError as error:
        return Result(name, reason=error.message)
    if document.created >= before:
        return Result(name, document)
    newest = document.versions.order_by("-number").first()
    renewed = newest is not None and newest.created >= before
    return Result(name, document, known=not renewed, renewed=renewed)
