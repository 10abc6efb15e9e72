"""Memory of long chats and of the people who chat: summaries and facts."""
