"""Comparison of a sentence with a passage, judged by words, numbers, names and negation.

    sentences   an answer's sentences with the passages that each one cites
    framing     what speaks of sources or of the answer, and states nothing (a room of its own)
    languages   whether the words of two texts can be compared
    terms       a text's words and numbers, brought into a form that can be compared
    contrast    what makes near-identical sentences say different things (a room of its own)
    grade       supported, weak or unsupported

docs/citations.md describes the rules, their sources, and how well they do on labelled pairs.
"""
