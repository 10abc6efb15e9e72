"""Running turns: each in a task of its own, taken over by another process if it is lost."""
