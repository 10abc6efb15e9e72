"""Pages and fragments around one answer."""
