"""Web sites: their sitemaps, or their pages one by one."""
