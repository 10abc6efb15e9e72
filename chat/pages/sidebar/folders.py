"""The pages of folders: one with its chats and instructions, and moving a chat into one."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.credentials.authentication import user_of
from aiapp.errors import AppError
from aiapp.http.requests import read_next
from chat.conversations import access, folders
from chat.models import Folder
from chat.pages.fragments import is_script

SHOWN = 200


class FolderForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    instructions = forms.CharField(
        label=gettext_lazy("Instructions for every answer in it"),
        max_length=4_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


@login_required
@require_http_methods(["GET", "POST"])
def folder(request: HttpRequest, folder_id: UUID) -> HttpResponse:
    """One to look into and to change; with the name `delete` in the form, to delete."""
    user = user_of(request)
    shown = access.get_folder(user, folder_id)
    if "delete" in request.POST:
        folders.delete(shown)
        messages.success(request, _("Folder deleted. Its chats are in your list."))
        return redirect("chat:home")
    form = FolderForm(request.POST or None, initial={"name": shown.name,
                      "instructions": shown.instructions})  # fmt: skip
    if form.is_valid() and _try_action(form, lambda: folders.change(shown, **form.cleaned_data)):
        messages.success(request, _("Saved."))
        return redirect("chat:folder", shown.id)
    chats = access.conversations(user).filter(folder=shown)[:SHOWN]
    context = {"folder": access.get_folder(user, folder_id), "form": form, "chats": chats}
    return render(request, "chat/folder.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    user, form = user_of(request), FolderForm(request.POST or None)
    made: list[Folder] = []
    if form.is_valid() and _try_action(
        form, lambda: made.append(folders.create(user, **form.cleaned_data))
    ):
        return redirect("chat:folder", made[0].id)
    name = "chat/_folder_new.html" if is_script(request) else "chat/folder_new.html"
    return render(request, name, {"form": form})


@login_required
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Into the folder that `folder` names, or out of all with none."""
    user = user_of(request)
    chat = access.get_conversation(user, conversation_id)
    if request.method == "POST":
        named = request.POST.get("folder", "")
        folders.move(chat, access.get_folder(user, UUID(named)) if _is_id(named) else None)
        return redirect(read_next(request) or chat)
    context = {
        "conversation": chat,
        "folders": access.folders(user),
        "next": request.headers.get("Referer", ""),
    }
    return render(request, "chat/_move.html" if is_script(request) else "chat/move.html", context)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _try_action(form: FolderForm, act: object) -> bool:
    """Return True if it went well; else the form says why not."""
    try:
        act()  # type: ignore[operator]
    except AppError as error:
        form.add_error("name", error.message)
        return False
    return True
