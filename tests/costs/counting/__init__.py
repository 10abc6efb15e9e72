"""Counts of a turn in the web process: calls, threads, and words with its databases."""
