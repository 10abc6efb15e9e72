"""Conversations, their tree of messages, the turns that make answers, and citations.

Folder ─< Conversation ─┬─< NextQuestion
                        └─< Message ─┬─ parent (an edit or a regenerated answer is a sibling)
                                   ├─ Turn ─< Attempt
                                   ├─ Feedback
                                   ├─< Call
                                   ├─< Citation
                                   ├─< Attachment (the siblings of a question share them)
                                   └─ Summary (of the branch that ends here)
"""

from chat.models.attachments import Attachment
from chat.models.batches import Batch, BatchItem
from chat.models.conversations import Conversation, Folder, Message, MessageWords, Origin
from chat.models.downloads import ModelDownload
from chat.models.endpoints import Endpoint, EndpointModel, FirstSteps, FormerModel
from chat.models.mcp import McpServer
from chat.models.memory import Summary, UserFact
from chat.models.personal import Instructions, SavedPrompt
from chat.models.queue import NextQuestion
from chat.models.transfers import ChatImport, ChatShare, ImportedChat
from chat.models.turns import (
    Attempt,
    Call,
    Citation,
    Effort,
    Feedback,
    FlaggedTurn,
    Thoughts,
    Turn,
)

__all__ = [
    "Attachment",
    "Attempt",
    "Batch",
    "BatchItem",
    "Call",
    "ChatImport",
    "ChatShare",
    "Citation",
    "Conversation",
    "Effort",
    "Endpoint",
    "EndpointModel",
    "Feedback",
    "FirstSteps",
    "FlaggedTurn",
    "Folder",
    "FormerModel",
    "ImportedChat",
    "Instructions",
    "McpServer",
    "Message",
    "MessageWords",
    "ModelDownload",
    "NextQuestion",
    "Origin",
    "SavedPrompt",
    "Summary",
    "Thoughts",
    "Turn",
    "UserFact",
]
