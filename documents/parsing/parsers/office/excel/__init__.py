"""Workbooks, of today and of before: cells as they are shown."""
