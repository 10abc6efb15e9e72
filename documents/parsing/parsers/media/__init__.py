"""Pictures and recordings: the words that are seen or heard in them."""
