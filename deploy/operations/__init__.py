"""Upgrade, backup and restore of a site, for its operator. Needs Python 3.11 and nothing else."""
