"""Texts from outside: costs by length, hostile ones, estimates of tokens."""
