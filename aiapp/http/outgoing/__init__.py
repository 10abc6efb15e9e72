"""Requests to addresses that people or documents give, which reach no private network."""
