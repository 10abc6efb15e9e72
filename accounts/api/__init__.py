"""The accounts part of the HTTP API."""
