"""Ingest: from an uploaded file to a version that search finds."""
