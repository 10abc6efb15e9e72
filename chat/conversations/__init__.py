"""Conversations and what surrounds them: access, folders, search, sharing, export."""
