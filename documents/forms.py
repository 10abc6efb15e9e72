"""What the documents pages read from their address."""

from uuid import UUID

from django import forms

from documents.listing import FILTERS, Query
from documents.viewer import Target

LARGEST_OFFSET = 2**31 - 1


class ListQuery(forms.Form):
    """A list may be asked for in any words: what makes no sense is left out."""

    q = forms.CharField(required=False, max_length=200)
    state = forms.ChoiceField(required=False, choices=[(name, name) for name in FILTERS])
    after = forms.UUIDField(required=False)

    def query(self) -> Query:
        self.is_valid()
        found = self.cleaned_data
        return Query(found.get("q", ""), found.get("state", ""), found.get("after"))


class ViewQuery(forms.Form):
    version = forms.UUIDField(required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_OFFSET)
    start = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_OFFSET)
    end = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_OFFSET)

    def target(self) -> Target:
        self.is_valid()
        found = self.cleaned_data
        return Target(found.get("page"), found.get("start"), found.get("end"))

    def version_id(self) -> UUID | None:
        self.is_valid()
        version: UUID | None = self.cleaned_data.get("version")
        return version
