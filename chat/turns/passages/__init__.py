"""The passages for a question: what is looked for, what is found, and whether it goes along."""
