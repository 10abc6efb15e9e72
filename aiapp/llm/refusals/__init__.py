"""Refusals of models' endpoints: their meaning, and how long they ask to wait."""
