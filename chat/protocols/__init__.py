"""Other protocols for the same turns: the AI SDK and WebSocket."""
