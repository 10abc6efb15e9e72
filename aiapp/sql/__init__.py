"""Statements written by hand, for what happens with every question: prepared, in one round trip."""
