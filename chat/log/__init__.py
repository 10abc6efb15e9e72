"""The log of a turn and the news of a user, in Redis: what is written once and read by many."""
