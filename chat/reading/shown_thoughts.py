"""The thoughts of a model on one open page, while they come."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext


class ShownThoughts:
    """The thoughts that a page has not been sent yet, and how long the model has thought."""

    def __init__(self) -> None:
        self.news: list[str] = []
        self._seconds = 0.0
        self._is_thinking = self._has_ended = False

    def feed(self, data: Mapping[str, Any]) -> None:
        """Take a thought, as its event tells it."""
        self.news.append(data["text"])
        # A server of the version before tells no time.
        self._seconds = data.get("seconds", 0.0)
        self._is_thinking = True

    def end(self) -> None:
        """Note that the answer goes on with something else."""
        if self._is_thinking:
            self._is_thinking, self._has_ended = False, True

    def draw(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the page's events, in its language."""
        if self.news:
            text = "".join(self.news)
            self.news.clear()
            label = gettext("Thinking") if self._is_thinking else describe_time(self._seconds)
            yield "thought", {"text": text, "label": label}
        elif self._has_ended:
            yield "thought", {"text": "", "label": describe_time(self._seconds)}
        self._has_ended = False


def describe_time(seconds: float) -> str:
    """Say how long a model thought."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes:
        return gettext("Thought for {minutes} min {seconds} s").format(
            minutes=minutes, seconds=rest
        )
    if rest:
        return gettext("Thought for {seconds} s").format(seconds=rest)
    return gettext("Thought for less than a second")
