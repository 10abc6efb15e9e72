"""Models from Hugging Face's hub or a mirror of it: found, downloaded, checked, chosen, removed."""
