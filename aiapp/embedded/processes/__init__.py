"""Processes: how one is started and tied to its parent, and how they are supervised."""
