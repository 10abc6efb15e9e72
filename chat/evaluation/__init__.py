"""Answers measured on sets of questions whose answers and places are known."""
