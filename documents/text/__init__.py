"""Text as search compares it and as readers see it: words, sections, chunks, blocks."""
