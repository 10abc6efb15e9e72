"""Servers of the Model Context Protocol, which bring tools of their own."""

import re
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator
from django.db import models

# So that no other secret of the site can be sent to a server by naming it.
SECRET = re.compile(r"MCP_[A-Z0-9_]{1,60}")
NAME = re.compile(r"[a-z][a-z0-9]{0,19}")


def _is_secret_name(value: str) -> None:
    if not SECRET.fullmatch(value):
        raise ValidationError("The name of a variable begins with MCP_, as in MCP_WIKI_TOKEN.")


class McpServer(models.Model):
    """A server that an administrator has connected (`chat.tools.mcp_servers`)."""

    name = models.CharField(
        max_length=20,
        unique=True,
        validators=[RegexValidator(f"^{NAME.pattern}$", "Small letters and digits only.")],
        help_text="Its tools' names begin with it.",
    )
    url = models.CharField(
        max_length=500,
        validators=[URLValidator(schemes=["http", "https"])],
        help_text="Where it speaks Streamable HTTP, as in https://wiki.example.org/mcp.",
    )
    secret = models.CharField(
        max_length=64,
        blank=True,
        validators=[_is_secret_name],
        help_text="The environment variable that holds its token, as in MCP_WIKI_TOKEN.",
    )
    enabled = models.BooleanField(default=True)
    reading = models.TextField(
        blank=True,
        help_text="The names of those of its tools that only read, one in each line. Each call of"
        " any other is confirmed by the user.",
    )
    # What it said of its tools when it was last read (`chat.tools.mcp.definitions.Definition`).
    tools: Any = models.JSONField(default=list, editable=False)
    # The tools that somebody has looked at, by their names, as they were then. One is used while
    # its server describes it by the same words.
    approved: Any = models.JSONField(default=dict, db_default={}, editable=False)
    # What the server says of itself; shown to administrators, told to no model.
    instructions = models.TextField(blank=True, default="", db_default="", editable=False)
    error = models.CharField(max_length=300, blank=True, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = "MCP server"

    def __str__(self) -> str:
        return self.name

    @property
    def readers(self) -> set[str]:
        return {line.strip() for line in self.reading.splitlines() if line.strip()}
