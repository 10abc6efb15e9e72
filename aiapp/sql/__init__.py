"""Statements for what happens with every question: by hand or compiled once, in one round trip."""
