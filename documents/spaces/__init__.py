"""Embedding spaces: chunks and their vectors, and the change from one model to another."""
