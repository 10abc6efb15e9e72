"""Credentials: sessions, tokens and API keys, and the watch over those that end."""
