"""The parsers: a room for each kind of file, whose functions `documents.parsing.formats` lists."""
