"""Chat in the admin: what happened to an answer, models and servers of tools."""

from chat.admin.endpoint_models import EndpointModelAdmin
from chat.admin.endpoints import EndpointAdmin
from chat.admin.mcp import McpServerAdmin
from chat.admin.turns import ConversationAdmin, TurnAdmin

__all__ = [
    "ConversationAdmin",
    "EndpointAdmin",
    "EndpointModelAdmin",
    "McpServerAdmin",
    "TurnAdmin",
]
