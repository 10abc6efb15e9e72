"""Archives: the files that people have packed together."""
