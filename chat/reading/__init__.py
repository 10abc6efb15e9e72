"""Readers of turns: the log from a cursor on, in the form that pages and programs follow."""
