"""Chat in the admin: what happened to an answer, what models refuse, and servers of tools."""

from chat.admin.mcp import McpServerAdmin
from chat.admin.turns import ConversationAdmin, TurnAdmin

__all__ = ["ConversationAdmin", "McpServerAdmin", "TurnAdmin"]
