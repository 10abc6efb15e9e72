"""Tokens on their way: beside a relay, for many readers, from each vendor."""
