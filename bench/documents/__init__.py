"""Documents: reading, ingest, search and the judgement of citations."""
