"""Parsers: one module a format, run in a process that may crash, swell or hang."""
