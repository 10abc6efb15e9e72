"""Vendors of models, a folder each. CONTRIBUTING.md says how to add one."""
