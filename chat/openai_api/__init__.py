"""OpenAI's HTTP protocol over our turns, so that programs written for it work unchanged."""
