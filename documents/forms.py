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
