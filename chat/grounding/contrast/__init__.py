"""Differences that make near-identical sentences say different things.

contrary    signs, currencies, names; gathers what contradicts: the next four
negations   English denials and what they reach
denials     denials in other languages, part by part
opposites   words of opposite meaning
measures    units, bounds, and spans of numbers
bindings    numbers that are said of another thing
claims      who did it to whom, for all or some, surely or perhaps
"""
