"""Claims that equal words leave open: who did it to whom, for all or for some, surely or perhaps.

A sentence that says more than the passage, or turns it round, is not called supported; it is weak
rather than contradicted, since other words may say the same.
"""

import re
from functools import lru_cache

from aiapp.text.stems import stem
from chat.grounding.contrast import vocabulary
from chat.grounding.numbers import scan
from chat.grounding.terms import Terms, Token


def _join(lists: str) -> str:
    """Return a pattern of words; those of scripts without blanks may stand within a run."""
    known = lists.split()
    spaced = "|".join(each.replace("_", " ") for each in known if each[0] < "\u2e80")
    runs = "|".join(each for each in known if each[0] >= "\u2e80")
    return rf"(?<!\w)(?:{spaced})(?!\w)" + (f"|{runs}" if runs else "")


# From "some" to "all".
_LEVELS = [re.compile(_join(each)) for each in (vocabulary.SOME, vocabulary.MANY, vocabulary.ALL)]
_ONLY = re.compile(_join(vocabulary.ONLY))
_ONLY_A_NUMBER = re.compile(rf"(?:{_ONLY.pattern})\W{{0,3}}(?:about |around )?\d")
_PERMITTED, _OBLIGED = (
    re.compile(_join(vocabulary.PERMITTED)),
    re.compile(_join(vocabulary.OBLIGED)),
)
_DISOWNED = re.compile(_join(vocabulary.DISOWNED))
_UNTRUE = re.compile(
    r"(?:false|untrue|incorrect|wrong) (?:that|to)\b"
    r"|(?:falsely|wrongly|incorrectly|mistakenly) (?:claim|believ|stat|report|assum|said|thought)"
)
_PLANNED = re.compile(
    r"(?<!\w)(?:plan|intend|hope|aim|propos|consider|expect|want|tr|attempt|promis|agree)"
    r"(?:s|ies|ied|y|ed|d|es|e|ing|ned|ning)? (?:to (?:be )?)(\w{3,20})"
)
_FUTURE = re.compile(
    r"(?<!\w)(?:will|would|could|might|may|going to|plan(?:s|ned|ning)?|intend\w{0,3}"
    r"|hop(?:es?|ed|ing)|aim\w{0,3}|propos\w{1,3}|consider\w{0,3}|expect\w{0,3}|want\w{0,3}|tr(?:y|ies|ied|ying)"
    r"|attempt\w{0,3}|promis\w{1,3}|agree\w{0,3}|scheduled|due)(?!\w)"
)
_PART_OF = re.compile(
    r"(?:half|thirds?|quarters?|fifths?|part|most|some|many|few|%|percent|none|one) of "
    r"(?:the |all |its )?\Z"
)
_NOUN_BEFORE = frozenset(vocabulary.NOUN_BEFORE.split())
_CLAUSE_END = re.compile(r"[,;:]")
_VERB = re.compile(r"[a-z]{2,20}(?:ed|er)")
_VERBS = frozenset(vocabulary.VERBS.split())


def claims_more(sentence: Terms, place: Terms) -> bool:
    """Return whether a sentence says more than a place of the passage, or it of somebody else."""
    here, there = sentence.text.lower(), place.text.lower()
    return (
        _is_more_general(here, there)
        or _is_more_exclusive(here, there)
        or _is_of_whole(here, there)
        or _has_other_duty(sentence, place)
        or _is_surer(sentence, here, there)
        or _exchanges_roles(sentence, place)
    )


def _is_more_general(here: str, there: str) -> bool:
    """Return whether "all" stands for "some", or "most" does."""
    mine, theirs = _find_level(here), _find_level(there)
    return bool(theirs) and mine > theirs


@lru_cache(maxsize=256)
def _find_level(text: str) -> int:
    return max((n for n, level in enumerate(_LEVELS, 1) if level.search(text)), default=0)


def _is_more_exclusive(here: str, there: str) -> bool:
    """Return whether a sentence alone says "only", of something else than a number."""
    if not _ONLY.search(here) or _ONLY.search(there):
        return False
    return bool(_ONLY.search(_ONLY_A_NUMBER.sub("", here)))


def _is_of_whole(here: str, there: str) -> bool:
    """Return whether a number of which the place says a part is the whole in the sentence."""
    parts = {value for value, is_part in _find_wholes(there) if is_part}
    return any(value in parts and not is_part for value, is_part in _find_wholes(here))


@lru_cache(maxsize=256)
def _find_wholes(text: str) -> list[tuple[str, bool]]:
    if " of " not in text:
        return [(each.values[0], False) for each in scan(text)]
    return [
        (each.values[0], _PART_OF.search(text[max(0, each.start - 24) : each.start]) is not None)
        for each in scan(text)
    ]


def _has_other_duty(sentence: Terms, place: Terms) -> bool:
    """Return whether one text says "must" where the other says "may"."""
    here, there = _find_duty(sentence.text.lower()), _find_duty(place.text.lower())
    return {here, there} == {"must", "may"}


@lru_cache(maxsize=256)
def _find_duty(text: str) -> str:
    """Return what alone a text says, "" if it says both or neither."""
    is_obliged, is_permitted = bool(_OBLIGED.search(text)), bool(_PERMITTED.search(text))
    if is_obliged == is_permitted:
        return ""
    return "must" if is_obliged else "may"


def _is_surer(sentence: Terms, here: str, there: str) -> bool:
    """Return whether the place only tells of a plan, or calls untrue what the sentence says."""
    is_disowned = _DISOWNED.search(there) or _UNTRUE.search(there)
    if is_disowned and not (_DISOWNED.search(here) or _UNTRUE.search(here) or "not" in here):
        return True
    planned = {stem(verb) for verb in _PLANNED.findall(there)}
    return bool(planned & sentence.stems) and not _FUTURE.search(here)


def _exchanges_roles(sentence: Terms, place: Terms) -> bool:
    """Return whether two names have changed sides of a verb: "A sued B", "B sued A"."""
    mine, theirs = _find_once(sentence), _find_once(place)
    both = [each for each in mine if each in theirs]
    names = [each for each in both if theirs[each][1].is_capital and mine[each][1].is_capital]
    verbs = [
        each for each in both if _is_verb(mine[each], sentence) and _is_verb(theirs[each], place)
    ]
    if len(names) < 2 or not verbs:  # noqa: PLR2004 - two names
        return False
    for verb in verbs:
        turned = _is_passive(mine[verb], sentence) != _is_passive(theirs[verb], place)
        for at, one in enumerate(names):
            for other in names[at + 1 :]:
                here = _find_side(mine, one, verb, other, sentence.text)
                there = _find_side(theirs, one, verb, other, place.text)
                if here and there and (here == there) == turned:
                    return True
    return False


def _find_once(text: Terms) -> dict[str, tuple[int, Token]]:
    """Return the places of the words that a text has once."""
    found: dict[str, tuple[int, Token]] = {}
    often: set[str] = set()
    for at, token in enumerate(text.tokens):
        if token.stem in found:
            often.add(token.stem)
        found[token.stem] = (at, token)
    return {each: place for each, place in found.items() if each not in often}


def _is_verb(place: tuple[int, Token], text: Terms) -> bool:
    at, token = place
    before = text.tokens[at - 1].word.lower() if at else ""
    if not at or before in _NOUN_BEFORE or before.endswith("'s"):
        return False
    return bool(_VERB.fullmatch(token.word)) or token.word in _VERBS


def _is_passive(place: tuple[int, Token], text: Terms) -> bool:
    behind = text.tokens[place[0] + 1 : place[0] + 2]
    return bool(behind) and behind[0].word == "by"


def _find_side(
    places: dict[str, tuple[int, Token]], one: str, verb: str, other: str, text: str
) -> int:
    """Return 1 where the verb stands behind the one and before the other, -1 the other way round.

    0 stands for neither, and for three that are in no one clause.
    """
    first, middle, last = (places[each][1].start for each in (one, verb, other))
    if not (first < middle < last or last < middle < first):
        return 0
    if _CLAUSE_END.search(text, min(first, last), max(first, last)):
        return 0
    return 1 if first < last else -1
