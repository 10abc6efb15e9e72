"""Pages and fragments around the list of chats."""
