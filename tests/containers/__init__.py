"""`make containers`: the whole site in real containers, as an operator runs it."""
