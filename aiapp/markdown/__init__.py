"""Markdown to safe HTML, whole or while it is being written.

`render` and `Stream` are one renderer: a message that was streamed and the same message read
later are equal byte for byte.
"""

from aiapp.markdown.render import render, render_numbered
from aiapp.markdown.stream import Block, Stream

__all__ = ["Block", "Stream", "render", "render_numbered"]
