"""The parts of the kill campaign: the site, the signals, the people, and what became of it all."""
