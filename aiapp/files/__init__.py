"""Stored files, in a folder or in a bucket: one door to both."""
