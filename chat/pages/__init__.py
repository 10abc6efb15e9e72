"""The chat pages. Each works without JavaScript; scripts ask for fragments of it."""
