"""The pages of `documents.library.reports`."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from documents.admin.bases import demand, page
from documents.library import reports


def duplicates(request: HttpRequest) -> HttpResponse:
    found = reports.duplicates()
    wasted = sum(each.wasted_bytes for each in found)
    return _report(request, "duplicates", "Duplicate files", found=found, wasted=wasted)


def failures(request: HttpRequest) -> HttpResponse:
    found = reports.failures()
    total = sum(each.count for each in found)
    return _report(request, "failures", "Failed documents by reason", found=found, total=total)


def storage(request: HttpRequest) -> HttpResponse:
    by = request.GET.get("by", "")
    by = by if by in reports.STORED_BY else "collection"
    found = reports.storage(by)
    total = reports.total(found)
    return _report(request, "storage", f"Storage by {by}", found=found, by=by, total=total)


PAGES = {"duplicates": duplicates, "failures": failures, "storage": storage}


def _report(request: HttpRequest, name: str, title: str, **context: Any) -> HttpResponse:
    demand(request, "documents.view_document")
    list_url = reverse("admin:documents_document_changelist")
    return page(
        request,
        f"admin/documents/{name}.html",
        title,
        list_url=list_url,
        report=name,
        most=reports.MAX_ROWS,
        **context,
    )
