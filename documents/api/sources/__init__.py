"""The API of sources: what is sent, how it is checked, and what is told."""
