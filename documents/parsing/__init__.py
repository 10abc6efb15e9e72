"""Parsing: formats, and their parsers in a process that may crash, swell or hang."""
