"""Concurrency: jobs that one worker has at a time, locks, and what belongs to one event loop."""
