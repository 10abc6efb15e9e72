"""The embedded mode: every server of the site, started by one command."""
