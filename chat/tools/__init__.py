"""Tools: what a model may have done for it while it answers.

`registry` names them, `loop` goes between model and tools, `calling` runs one call, `confirming`
asks the user before anything is written or leaves.
"""
