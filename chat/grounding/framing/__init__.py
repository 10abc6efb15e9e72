"""Frames of an answer: what speaks of its sources or of itself, and states nothing to be judged.

    references   lists of sources, headings, rows that only name a topic
    asides       sentences: "See [1] for details.", "The documents [1] do not mention a price."
    vocabulary   the words of such sentences, language by language

A citation is as good as the worst sentence that cites it, and no passage holds such a sentence; so
whatever frames the statements has to be told from them.
"""
