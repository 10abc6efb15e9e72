"""The parsers: one module a format, which `documents.parsing.formats` lists by their names."""
