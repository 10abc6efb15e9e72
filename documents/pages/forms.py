"""Forms of the documents pages: their query strings, and what people fill in."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from accounts.models import User
from aiapp.errors import InvalidInput
from aiapp.http.outgoing.fetch_guard import MAX_URL_CHARS
from aiapp.text.invisible import remove_invisible
from documents.library.listing import FILTERS, KINDS, Query
from documents.library.sharing import Grant, known_groups
from documents.metadata.form_field import MetadataField
from documents.models import CollectionShare
from documents.pages.viewer import Target

LARGEST_OFFSET = 2**31 - 1


class ListQuery(forms.Form):
    """A list may be asked for in any words: what makes no sense is left out."""

    q = forms.CharField(required=False, max_length=200)
    state = forms.ChoiceField(required=False, choices=[(name, name) for name in FILTERS])
    type = forms.ChoiceField(required=False, choices=[(name, name) for name in KINDS])
    after = forms.UUIDField(required=False)
    collection = forms.UUIDField(required=False)

    def query(self) -> Query:
        self.is_valid()
        found = self.cleaned_data
        return Query(
            found.get("q", ""),
            found.get("state", ""),
            found.get("after"),
            found.get("collection"),
            found.get("type", ""),
        )


class ViewQuery(forms.Form):
    version = forms.RegexField(r"[0-9a-fA-F-]{1,36}", required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_OFFSET)
    start = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_OFFSET)
    end = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_OFFSET)

    def target(self) -> Target:
        self.is_valid()
        found = self.cleaned_data
        return Target(found.get("page"), found.get("start"), found.get("end"))

    def wanted_version(self) -> UUID | int | None:
        """The id of a version or its number, as the address gives it."""
        self.is_valid()
        named: str = self.cleaned_data.get("version") or ""
        if named.isdecimal():
            return min(int(named), LARGEST_OFFSET)
        try:
            return UUID(named) if named else None
        except ValueError:
            return None


class SeenField(forms.CharField):
    """One line, in which characters that nobody can see are left out."""

    def to_python(self, value: Any) -> str:
        return remove_invisible(super().to_python(value) or "").strip()


class NameForm(forms.Form):
    name = SeenField(
        label=gettext_lazy("Name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )


class IntoForm(forms.Form):
    """The collection that something goes to; none is one's default."""

    collection = forms.UUIDField(required=False)

    def collection_id(self) -> UUID | None:
        """Raises InvalidInput."""
        if "collection" in self.errors:
            raise InvalidInput(gettext("There is no such collection."))
        chosen: UUID | None = self.cleaned_data["collection"]
        return chosen


class WebPageForm(IntoForm):
    url = forms.CharField(max_length=MAX_URL_CHARS)

    def address(self) -> str:
        """Raises InvalidInput."""
        if not self.is_valid():
            raise InvalidInput(gettext("Enter the address of a web page."))
        return str(self.cleaned_data["url"])


class DetailsForm(IntoForm):
    title = SeenField(max_length=300)
    metadata = MetadataField()


class UploadForm(IntoForm):
    metadata = MetadataField()

    def values(self) -> dict[str, Any] | None:
        """Return the metadata, or None if there are none. Raises InvalidInput."""
        self.is_valid()
        if reasons := self.errors.get("metadata"):
            raise InvalidInput(str(reasons[0]))
        return self.cleaned_data["metadata"] or None


class GrantForm(forms.Form):
    """A user by name, or a group of one's own."""

    user = forms.CharField(required=False, max_length=150)
    group = forms.CharField(required=False, max_length=150)
    role = forms.ChoiceField(required=False, choices=CollectionShare.Role.choices)

    def grant(self) -> Grant:
        """Raises InvalidInput unless there is one of them."""
        self.is_valid()
        found = self.cleaned_data
        user, group = found.get("user", ""), found.get("group", "")
        if bool(user) == bool(group):
            raise InvalidInput(gettext("Enter a username, or choose a group."))
        return Grant(user, group, found.get("role") or CollectionShare.Role.READER)


class ChosenForm(forms.Form):
    """Documents that were ticked in the list."""

    MAX_TICKED = 200
    into = forms.UUIDField(required=False)

    def documents(self, request: HttpRequest) -> list[UUID]:
        """Raises InvalidInput if nothing is ticked."""
        field = forms.UUIDField()
        try:
            ids = [
                field.clean(each) for each in request.POST.getlist("document")[: self.MAX_TICKED]
            ]
        except forms.ValidationError as error:
            raise InvalidInput from error
        if not ids:
            raise InvalidInput(gettext("Select documents first."))
        return ids


def group_names(user: User) -> list[str]:
    return list(known_groups(user).values_list("name", flat=True))
