"""Accepting a question: its place in a chat, one transaction, and once for each request."""
