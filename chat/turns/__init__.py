"""Turns: from an accepted question to the answer that is saved."""
