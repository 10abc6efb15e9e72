"""The pages where an account's holder takes the data away, or leaves."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.generic import FormView, TemplateView

from accounts.credentials.authentication import alogin_required
from accounts.models import DataExport, User
from accounts.pages import forms
from accounts.pages.account import WithRequest, require_user
from accounts.people import data_export, deletion
from aiapp.db import in_db, release_request_connection
from aiapp.errors import Conflict, NotFound
from aiapp.files.streaming import open_stream


def _exports(user: User) -> list[DataExport]:
    return list(DataExport.objects.filter(user=user)[:3])


class Data(LoginRequiredMixin, TemplateView):
    template_name = "accounts/data.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, exports=_exports(require_user(self.request)))

    def post(self, request: HttpRequest) -> HttpResponse:
        data_export.request(require_user(request))
        return redirect("accounts:data")


@login_required
@require_GET
def exports(request: HttpRequest) -> HttpResponse:
    """The list alone, for a page that follows it."""
    return render(request, "accounts/_exports.html", {"exports": _exports(require_user(request))})


@alogin_required
@require_GET
async def download(request: HttpRequest, export_id: UUID) -> StreamingHttpResponse:
    """The archive, piece by piece: it may be larger than the memory."""
    user = cast(User, await request.auser())
    export = await in_db(data_export.get, user, export_id)
    await release_request_connection()
    try:
        pieces = await open_stream(export.file, 0, export.size)
    except FileNotFoundError as error:
        raise NotFound from error
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    response["Content-Length"] = str(export.size)
    filename = f"aiapp-{export.created:%Y-%m-%d}.zip"
    response["Content-Disposition"] = content_disposition_header(True, filename) or ""
    return response


class Leave(LoginRequiredMixin, WithRequest, FormView):
    template_name = "accounts/leave.html"
    form_class = forms.LeaveForm
    success_url = reverse_lazy("accounts:login")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": require_user(self.request)}

    def form_valid(self, form: forms.LeaveForm) -> HttpResponse:
        try:
            deletion.leave(require_user(self.request))
        except Conflict as error:
            form.add_error(None, error.message)
            return self.form_invalid(form)
        logout(self.request)
        messages.success(
            self.request, _("Your account has been deleted. Its contents are being removed.")
        )
        return super().form_valid(form)
