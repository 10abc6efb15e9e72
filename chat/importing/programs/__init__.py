"""Files of programs on one's own computer, which keep their chats in forms of their own."""
