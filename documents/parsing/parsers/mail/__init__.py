"""Letters, with what is attached to them."""
