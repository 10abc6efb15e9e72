"""A title for a new chat, and questions to go on with, worded by a model after an answer."""
