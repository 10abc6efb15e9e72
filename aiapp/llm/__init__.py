"""Clients of model servers: chat, embeddings, speech, transcription, moderation."""
