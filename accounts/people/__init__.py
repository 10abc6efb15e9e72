"""People as accounts: how they join, what they may do, how they leave with their data."""
