"""One kind of place a module: how to list what is there, and how to fetch it."""
