"""A turn's cost: CPU, statements, commands, calls, and the time of its API."""
