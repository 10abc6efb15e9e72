"""Exports that tell what somebody did rather than their chats: Google's and Microsoft's."""
