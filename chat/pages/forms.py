"""The forms of the chat pages."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from aiapp.errors import NotFound
from chat.conversations.conversations import TITLE_CHARS
from chat.conversations.scope import MAX_SCOPED, NOTHING
from chat.models import Effort
from chat.turns.accepting.places import Leaf, NewConversation
from chat.turns.accepting.request import REQUEST_ID_CHARS, Question


def ids(data: Any, name: str) -> list[UUID] | None:
    """The ids of a field that may be given several times; [] where that is said of a field.

    What is no id names nothing there is.
    """
    texts = data.getlist(name)[:MAX_SCOPED]
    if NOTHING in texts:
        return []
    try:
        return [UUID(text) for text in texts] or None
    except ValueError as error:
        raise NotFound from error


class AskForm(forms.Form):
    conversation = forms.UUIDField(required=False)
    request_id = forms.CharField(max_length=REQUEST_ID_CHARS, required=False)
    model = forms.CharField(max_length=200, required=False)
    temporary = forms.BooleanField(required=False)
    folder = forms.UUIDField(required=False)
    effort = forms.ChoiceField(choices=[("", ""), *Effort.choices], required=False)

    @property
    def collections(self) -> list[UUID] | None:
        """Return the collections to search; None if the question is not limited to any."""
        return ids(self.data, "collection")

    @property
    def documents(self) -> list[UUID] | None:
        return ids(self.data, "document")

    @property
    def question(self) -> Question:
        pictures = ids(self.data, "attachment") or []
        return Question(self.content, self.cleaned_data["request_id"], attachments=pictures)

    @property
    def follows(self) -> Leaf | NewConversation:
        data = self.cleaned_data
        if data["conversation"]:
            return Leaf(data["conversation"])
        return NewConversation(folder=data["folder"], temporary=data["temporary"])

    @property
    def tools(self) -> list[str] | None:
        """The tools that were ticked; None from a form without the menu, whose mark is `chosen`."""
        named: list[str] = self.data.getlist("tools")  # type: ignore[attr-defined]
        return [name for name in named if name != "chosen"] if "chosen" in named else None

    @property
    def content(self) -> str:
        """Return the text; a suggestion is a button of the same name beside an empty box.

        Its length is the turn's to judge, in words that say what is wrong.
        """
        texts: list[str] = self.data.getlist("content")  # type: ignore[attr-defined]
        return next((text for text in reversed(texts) if text.strip()), "")


class FeedbackForm(forms.Form):
    """A user's feedback on an answer; an empty rating takes it back."""

    rating = forms.ChoiceField(choices=[("up", "up"), ("down", "down"), ("", "")], required=False)
    reasons = forms.MultipleChoiceField(
        choices=[
            ("incorrect", _("Not correct")),
            ("unsupported", _("Not what the documents say")),
            ("off_topic", _("Not what I asked")),
            ("incomplete", _("Something is missing")),
            ("style", _("Too long or hard to read")),
            ("unsafe", _("Harmful or unfair")),
        ],
        required=False,
    )
    text = forms.CharField(max_length=800, required=False)

    @property
    def reason(self) -> str:
        """The chosen reasons and the words in one line, as the API takes a reason."""
        chosen = ", ".join(self.cleaned_data["reasons"])
        return ": ".join(each for each in (chosen, self.cleaned_data["text"]) if each)


class RenameForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=TITLE_CHARS)
    title.widget.attrs |= {"autofocus": True, "autocomplete": "off"}
