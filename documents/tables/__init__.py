"""Tables in the documents that a user may read: which there are, and what SQL finds in them."""
