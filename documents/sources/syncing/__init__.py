"""The steps of a sync: what is there is listed, fetched and stored, and what is gone withdrawn."""
