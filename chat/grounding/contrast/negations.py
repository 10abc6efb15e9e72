"""English negations: the words that each of them reaches."""

import re
from collections.abc import Iterator

from aiapp.text.stems import stem
from chat.grounding.contrast import vocabulary
from chat.grounding.terms import Terms, terms

NEGATORS = frozenset(vocabulary.NEGATORS.split())
# What "no" and "without" negate ends with the noun; "not" reaches the verb behind an auxiliary.
OF_A_NOUN = frozenset(vocabulary.NEGATORS_OF_NOUNS.split())
# "Failed to sign" is "did not sign".
UNDONE = frozenset(vocabulary.UNDONE.split())
AUXILIARIES = frozenset(vocabulary.AUXILIARIES.split())
# So many words that say something are in reach, within so many of all.
REACH, REACH_WORDS = 3, 40
# Those within a number part nothing: "not 1,500 employees".
STOP = re.compile(r"[;:!?()]|[,.](?!\d)")
# "Not only", and "no later than", which is a bound.
NOT_ONLY = re.compile(
    r"\s{1,3}(?:only|just|merely|solely"
    r"|(?:later|earlier|sooner|more|less|fewer|longer|shorter|higher|lower|larger|greater) than)\b",
    re.IGNORECASE,
)
# Behind "and" or "but" a verb of its own, which the "not" before does not reach.
NEW_CLAUSE = re.compile(
    r"(?:it|they|he|she|we|you|the|its|their|is|are|was|were|has|have|will|can|may|must"
    r"|[a-z]{3,20}s)\b"
)
# "Not 1,500 but 1,600": what is denied is the number alone.
OF_A_NUMBER = re.compile(
    r"\W{1,3}\d[\d.,]{0,30}\S{0,3}\s(?:[^\W\d]{1,20}\s){0,2}(?:but|sondern|mais|sino)\b"
)
# "But B does not."
LEFT_OUT = re.compile(
    r"(?:[,;]|\b(?:but|while|whereas|and)) (?P<subject>[^\s,;.:][^,;.:]{1,59}?) (?:do|does|did|is"
    r"|are|was|were|can|could|will|would|has|have|may|must|ca|wo)(?P<no>n['’]t|not| not)?"
    r"(?:[.;]|\Z)",
    re.IGNORECASE,
)
CONTRASTED = re.compile(r"; |,? (?:but(?! not\b)|while|whereas|although|though) ")
PRONOUN = re.compile(r"(?:it|they|he|she|this|these)\b", re.IGNORECASE)
NEGATABLE = frozenset(vocabulary.NEGATABLE.split())
NEGATED = re.compile(r"(?P<prefix>un|non|in|im|ir|il|dis)(?P<base>[^\W\d_]{4,})")
NOT_NEGATED = frozenset({"unless", "until", "under", "united", "university"})


def negates_otherwise(sentence: Terms, passage: Terms) -> bool:
    """Return whether a word of both texts is negated in one of them alone."""
    is_denied = _find_left_out(sentence, passage)
    if is_denied is not None:
        return is_denied == (not any(_find_negations(sentence)))
    passage = _find_clause(sentence, passage)
    both = sentence.stems & passage.stems
    here = [reach & both for reach in _find_negations(sentence)]
    there = [found for reach in _find_negations(passage) if (found := reach & both)]
    mine, theirs = set().union(*here), set().union(*there)
    if mine == theirs:
        return False
    # With some words negated in both, it is the number of negations that tells.
    return not mine & theirs or len(here) % 2 != len(there) % 2


def _find_left_out(sentence: Terms, passage: Terms) -> bool | None:
    """Return what a passage says of a sentence's subject by "does" or "does not" alone.

    "A supports it, but B does not": None for what is about A.
    """
    found = LEFT_OUT.search(passage.text)
    if found is None:
        return None
    before = terms(passage.text[: found.start()])
    subject = terms(found["subject"]).content
    own = (subject - before.stems) & sentence.stems
    # As many words as the second subject has are the first.
    first = [token.stem for token in before.tokens if not token.is_function][: len(subject)]
    others = set(first).difference(subject) & sentence.stems
    return bool(found["no"]) if own and not others else None


def _find_subject(text: Terms) -> set[str]:
    """Return the words before the first verb that a word tells, or the first three."""
    first: list[str] = []
    for token in text.tokens:
        if token.word.lower() in AUXILIARIES or len(first) == REACH:
            break
        if not token.is_function:
            first.append(token.stem)
    return set(first)


def _find_clause(sentence: Terms, passage: Terms) -> Terms:
    """Return the clause of a passage that a sentence of one clause is about."""
    parts = CONTRASTED.split(passage.text)
    if len(parts) == 1 or CONTRASTED.search(sentence.text):
        return passage
    clauses = [terms(part) for part in parts if part.strip()]
    subjects = [_find_subject(clauses[0])] * len(clauses)
    told = sentence.content | sentence.numbers
    shares = [
        len(told & (clause.content | (subject if PRONOUN.match(clause.text.lstrip()) else set())))
        for clause, subject in zip(clauses, subjects, strict=True)
    ]
    best = max(shares)
    return clauses[shares.index(best)] if shares.count(best) == 1 else passage


def find_negated(terms: Terms) -> set[str]:
    return set().union(*_find_negations(terms))


def _find_negations(terms: Terms) -> Iterator[set[str]]:
    """Yield, for each negation, the stems of the words that stand in its reach."""
    for at, token in enumerate(terms.tokens):
        word = token.word.lower().replace("’", "'")
        end = token.start + len(token.word)
        is_negator = word in NEGATORS or word.endswith("n't") or word in OF_A_NOUN
        if not is_negator and not (word in UNDONE and terms.text.startswith(" to ", end)):
            continue
        if NOT_ONLY.match(terms.text, end):
            continue
        yield _find_reach(terms, at, stops_early=word in OF_A_NOUN)


def _find_reach(terms: Terms, at: int, *, stops_early: bool) -> set[str]:
    near = terms.tokens[at + 1 : at + 1 + REACH_WORDS]
    end = terms.tokens[at].start + len(terms.tokens[at].word)
    if not near or OF_A_NUMBER.match(terms.text, end):
        return set()
    stop = STOP.search(terms.text, terms.tokens[at].start, near[-1].start)
    reached: list[str] = []
    for after in near:
        is_cut = stop is not None and after.start > stop.start()
        if is_cut or len(reached) == REACH:
            break
        lower = after.word.lower()
        if stops_early and lower in AUXILIARIES:
            break
        if lower in {"and", "but"} and NEW_CLAUSE.match(terms.text, after.start + 4):
            break
        if not after.is_function:
            reached.append(after.stem)
    return set(reached)


def negates_a_word(sentence: Terms, passage: Terms) -> bool:
    """Return whether one text says "unsafe" where the other says "safe"."""
    for one, other in ((sentence, passage), (passage, sentence)):
        for at, token in enumerate(one.tokens):
            word = token.word.lower()
            if word == "non" and one.text[token.start + 3 : token.start + 4] == "-":
                word += one.tokens[at + 1].word.lower() if at + 1 < len(one.tokens) else ""
            match = NEGATED.fullmatch(word)
            if match is None or word in NOT_NEGATED or stem(word) in other.stems:
                continue
            if match["prefix"] == "non" and "non" in other.stems:
                continue
            base = match["base"]
            if match["prefix"] not in {"un", "non"} and base not in NEGATABLE:
                continue
            if stem(base) in other.stems - one.stems or (
                word.startswith("non") and stem(base) in other.stems and "non" not in other.stems
            ):
                return True
    return False
