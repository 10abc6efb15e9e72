"""Routing: which endpoint answers, how many at once, and the fallback when one fails."""
