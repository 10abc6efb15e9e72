"""The forms of the chat pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from chat.conversations import TITLE_CHARS
from chat.turns import REQUEST_ID_CHARS


class AskForm(forms.Form):
    conversation = forms.UUIDField(required=False)
    request_id = forms.CharField(max_length=REQUEST_ID_CHARS, required=False)
    model = forms.CharField(max_length=200, required=False)

    @property
    def content(self) -> str:
        """What was written; a suggestion is a button of the same name beside an empty box.

        Its length is the turn's to judge, in words that say what is wrong.
        """
        texts: list[str] = self.data.getlist("content")  # type: ignore[attr-defined]
        return next((text for text in reversed(texts) if text.strip()), "")


class RenameForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=TITLE_CHARS)
    title.widget.attrs |= {"autofocus": True, "autocomplete": "off"}
