"""The local model servers: chat and embeddings, each a process of its own, and their weights."""
