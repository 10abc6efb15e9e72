"""Search the web: the engine that the site names, and the pages that it finds."""
