"""The documents pages. Each works without JavaScript."""
