"""Files: their names and types, and the ways in, out and away."""
