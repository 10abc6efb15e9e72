"""Thoughts that stand in the text of an answer: told from it by their tags.

Servers without a parser for a model's thoughts send them as the model wrote them: `<think>` and
`</think>` around them (each family of models has its own), `</think>` alone after them where the
prompt's template opens them (DeepSeek), or OpenAI's channels (gpt-oss). A tag may come in several
parts, in small letters or others. Between backticks, and where it would leave nothing of an answer,
it is text.
"""

import re
from enum import Enum, auto

_NAMES = (
    *("think", "thinking", "thought", "thoughts", "reasoning", "seed:think", "mm:think"),
    "longcat_think",
)
# Kimi's, Mistral's, Cohere's, OpenThinker's and Gemma's.
_OPENING = {f"<{name}>" for name in _NAMES}
_OPENING |= {"◁think▷", "[think]", "<|start_thinking|>", "<|begin_of_thought|>", "<|think|>"}
_OPENING |= {"<|channel>thought"}
_CLOSING = {f"</{name}>" for name in _NAMES}
_CLOSING |= {"◁/think▷", "[/think]", "<|end_thinking|>", "<|end_of_thought|>", "<|/think|>"}
_CLOSING |= {"<channel|>"}
# OpenAI's "harmony": `<|channel|>analysis<|message|>…<|end|>`.
_START, _CHANNEL, _MESSAGE = "<|start|>", "<|channel|>", "<|message|>"
_ENDS = {"<|end|>", "<|return|>", "<|call|>"}
# Around an answer after thoughts.
_ANSWER = {"<|start_response|>", "<|end_response|>"}
_ANSWER |= {"<|begin_of_solution|>", "<|end_of_solution|>"}
# ... of Ernie and Hunyuan, which are marks after thoughts alone.
_AFTER_THOUGHTS = {"<answer>", "</answer>", "<response>", "</response>"}
_ANSWER |= _AFTER_THOUGHTS
_CHANNELS = {_START, _CHANNEL, _MESSAGE, "<|constrain|>"} | _ENDS
# Tokens by which models end. Servers that do not know them leave them at the end of a text.
_STOPS = {"<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|endoftext|>", "<|end_of_text|>"}
_STOPS |= {"<end_of_turn>", "<|end_of_turn|>", "<｜end▁of▁sentence｜>", "<|user|>", "[/inst]"}
_STOPS |= {"<|end_of_turn_token|>", "[|endofturn|]", "<|endofturn|>", "<turn|>", "<eos>", "</s>"}
_STOPS |= {"<|eot|>", "<|assistant|>", "<|end_of_role|>"}
_TAGS = _OPENING | _CLOSING | _CHANNELS | _ANSWER | _STOPS
_TAG = re.compile("|".join(map(re.escape, sorted(_TAGS))), re.IGNORECASE | re.ASCII)
_STOP = re.compile(
    rf"(?:(?:{'|'.join(map(re.escape, sorted(_STOPS | _ENDS)))})\s*+)++", re.IGNORECASE
)
_MAX_TAG = max(map(len, _TAGS))
_FIRST = ("<", "◁", "[")
_BEGINNINGS = {tag[:n] for tag in _TAGS for n in range(1, len(tag))}
# Within an answer a thought waits for its end over so many characters, and so many of them are
# looked for.
MAX_ASIDE = 20_000
MAX_ASIDES = 8
MAX_HEADER = 200
# A tool that a message of OpenAI's channels is for.
_RECIPIENT = re.compile(r"\bto=functions\.([\w-]{1,64})")


class _State(Enum):
    TEXT = auto()
    THOUGHT = auto()
    # A thought after some text, which counts as one when it has ended.
    ASIDE = auto()
    # Between `<|start|>` and `<|message|>`, where the channel is named.
    HEADER = auto()


class Splitter:
    """Parts what a model wrote into `texts` and `thoughts`, which the caller empties.

    `all_was_thought` is set when the texts so far turn out to be thoughts.
    """

    def __init__(self, *, starts_thinking: bool = False) -> None:
        self.texts: list[str] = []
        self.thoughts: list[str] = []
        self.all_was_thought = False
        # Whether thoughts and text were told apart by a tag.
        self.closed = False
        self._state = _State.THOUGHT if starts_thinking else _State.TEXT
        self._buffer = self._aside = self._header = self._tag = self._stop = ""
        self._asides = self._ticks = self._strikes = 0
        self._has_begun = self._trims = self._is_told_apart = False
        self._has_channels = self._has_marks = False
        # Of OpenAI's channels: what was said to a tool, as its name and arguments.
        self.calls: list[tuple[str, str]] = []
        self._recipient, self._told = "", list[str]()

    def note_thoughts(self) -> None:
        """Take it from the server, which tells thoughts by itself, that its text is none."""
        self._is_told_apart = True
        if self._state is _State.THOUGHT and not self.closed:
            self._state = _State.TEXT

    def feed(self, text: str) -> None:
        if self._is_plain(text):
            self.texts.append(text)
            self._note(text)
            return
        text, self._buffer = self._buffer + text, ""
        at = 0
        for tag in _TAG.finditer(text):
            self._put(text[at : tag.start()])
            if not (self._hold(tag[0]) or self._obey(tag[0].lower())):
                self._put(tag[0])
            at = tag.end()
        cut = _find_cut_tag(text, at)
        self._put(text[at:cut])
        self._buffer = text[cut:]

    def finish(self) -> None:
        """Let go of what was held. A thought within an answer that never ended was none."""
        rest, self._buffer = self._buffer, ""
        self._put(rest)
        if self._state is _State.ASIDE:
            self._give_up()
        self._end_call()

    def _is_plain(self, text: str) -> bool:
        is_idle = self._state is _State.TEXT and not (self._buffer or self._trims or self._stop)
        return is_idle and not any(first in text for first in _FIRST)

    def _note(self, text: str) -> None:
        self._ticks += text.count("`")
        if "<s>" in text:
            self._strikes += 1
        self._has_begun = self._has_begun or not text.isspace()

    def _put(self, text: str) -> None:
        if not text:
            return
        match self._state:
            case _State.TEXT:
                self._say(text)
            case _State.THOUGHT:
                (self._told if self._recipient else self.thoughts).append(text)
            case _State.ASIDE:
                self._aside += text
                if len(self._aside) > MAX_ASIDE:
                    self._give_up()
            case _State.HEADER:
                self._header += text
                if len(self._header) > MAX_HEADER:
                    self._state = _State.TEXT
                    self._say(self._header)

    def _say(self, text: str) -> None:
        if self._trims:
            text = text.lstrip()
            self._trims = not text
        if self._stop and text:
            text, self._stop = self._stop + text, ""
            if len(text) <= MAX_HEADER and _STOP.fullmatch(text):
                # Blanks after it leave it the end.
                text, self._stop = "", text
        if text:
            self.texts.append(text)
            self._note(text)

    def _hold(self, tag: str) -> bool:
        """Keep back a token that ends the text, if no more of it comes."""
        can_end = self._state is _State.TEXT and self._has_begun and not self._ticks % 2
        # HTML's end of what is struck out is none.
        can_end = can_end and not (tag == "</s>" and self._strikes)
        is_stop = tag.lower() in (_STOPS if self._has_channels else _STOPS | _ENDS)
        if not (is_stop and can_end):
            return False
        self._stop += tag
        return True

    def _give_up(self) -> None:
        self._state = _State.TEXT
        self._say(self._tag + self._aside)
        self._aside = ""

    def _obey(self, tag: str) -> bool:
        """Act on a tag; False if it is a part of the text."""
        if tag in _CHANNELS:
            return self._switch(tag)
        if tag in _ANSWER:
            return self._pass_by(tag)
        if tag in _OPENING:
            return self._open(tag)
        return tag in _CLOSING and self._close()

    def _open(self, tag: str) -> bool:
        if self._state is _State.THOUGHT and not self._tag:
            # The prompt had opened the thoughts, and the model does it again.
            self._tag = tag
            return True
        if self._state is not _State.TEXT or self._ticks % 2:
            return False
        self._tag = tag
        if not self._has_begun:
            self._state = _State.THOUGHT
            self.texts.clear()
            return True
        if self._asides >= MAX_ASIDES:
            return False
        self._asides += 1
        self._state = _State.ASIDE
        return True

    def _close(self) -> bool:
        match self._state:
            case _State.THOUGHT:
                pass
            case _State.ASIDE:
                self.thoughts.append(self._aside)
                self._aside = ""
            case _State.TEXT if self._may_have_been_thought():
                # The opening tag stood in the prompt, not in the answer.
                self.all_was_thought = self._has_begun
                self.thoughts += self.texts
                self.texts.clear()
                self._has_begun, self._ticks = False, 0
            case _:
                return False
        self._state, self._trims, self.closed = _State.TEXT, True, True
        return True

    def _may_have_been_thought(self) -> bool:
        is_told_apart = self.closed or (self._has_begun and self._is_told_apart)
        return not is_told_apart and not self._ticks % 2

    def _pass_by(self, tag: str) -> bool:
        """Leave out a mark around an answer, where it can be one."""
        if self._state is not _State.TEXT or (self._has_begun and not self._has_marks):
            return False
        if tag in _AFTER_THOUGHTS and not (self.closed or self._is_told_apart):
            return False
        self._trims = self._trims or not self._has_begun
        self._has_marks = True
        return True

    def _switch(self, tag: str) -> bool:
        if self._has_begun and not self._has_channels:
            return False
        self._has_channels = True
        if tag in {_START, _CHANNEL} and self._state is not _State.HEADER:
            self._end_call()
            self._state, self._header = _State.HEADER, ""
        elif tag == _CHANNEL:
            # The recipient may stand before it.
            self._header += " "
        elif tag == _MESSAGE:
            recipient = _RECIPIENT.search(self._header)
            self._recipient = recipient[1] if recipient else ""
            is_thought = "analysis" in self._header or "commentary" in self._header
            self._state = _State.THOUGHT if is_thought or recipient else _State.TEXT
            self._trims = self.closed = True
        elif tag in _ENDS:
            self._end_call()
            self._state, self._trims = _State.TEXT, True
        return True

    def _end_call(self) -> None:
        if self._recipient:
            self.calls.append((self._recipient, "".join(self._told)))
            self._recipient, self._told = "", []


def _find_cut_tag(text: str, start: int) -> int:
    """Return where a tag begins that the end of a text cuts; the length if none does."""
    for at in range(max(start, len(text) - _MAX_TAG + 1), len(text)):
        if text[at] in _FIRST and text[at:].lower() in _BEGINNINGS:
            return at
    return len(text)
