"""Pages in a browser: bytes, CPU and Lighthouse."""
