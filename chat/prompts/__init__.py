"""Texts that models are given."""
