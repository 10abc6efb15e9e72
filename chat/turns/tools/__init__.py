"""Tools within a turn: the loop that calls them, its limits, and what foreign text taints."""
