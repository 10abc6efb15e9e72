"""Limits: rates of requests, budgets, and the ledger that counts against them."""
