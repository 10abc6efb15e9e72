"""Long jobs in the background: started, worked off, cancelled, taken away as a table.

Whoever works at a batch has claimed it for a while and renews the claim. Each item is saved as soon
as it is done, and its question has a name of its own, so that a batch whose worker was killed goes
on where it was, and nothing is asked twice.
"""
