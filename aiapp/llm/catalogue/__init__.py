"""The catalogue of models: what each can do, and what its server refused."""
