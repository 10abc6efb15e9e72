"""Text as it was typed: plain, tables, notebooks, subtitles, and the encodings of all of them."""
