"""Word: the text of a document with its boxes, notes, comments and formulas, where they belong."""
