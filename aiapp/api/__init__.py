"""The two HTTP APIs, assembled from the apps, and their description."""
