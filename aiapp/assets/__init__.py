"""Static files: how scripts and sheets are joined, named and served."""
