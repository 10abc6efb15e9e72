"""Transcription of recordings, at once and in the background."""
