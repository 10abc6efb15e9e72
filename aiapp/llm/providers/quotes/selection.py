"""The choice of what answers a question: by meaning and by words, from the best passages.

A score is a sum of what can be seen of a sentence: how near its meaning is to the question's, how
much of the question's words it has (rare ones count for more, those around it for less), whether it
has what the kind of question asks for, and how well its passage was found. The weights are the
same for all documents (docs/retrieval.md says how they were chosen).
"""

import math
from collections.abc import Mapping, Sequence, Set
from itertools import groupby

from aiapp.llm.base import Inquiry
from aiapp.llm.providers.quotes.expecting import ANY_NUMBER, read_expectation
from aiapp.llm.providers.quotes.reading import Quotable
from aiapp.llm.providers.quotes.terms import terms
from aiapp.text.synonyms import find_synonyms

Vector = Sequence[float]

# The sentences whose meaning is looked at: the best by words.
MAX_COMPARED = 32
MAX_PASSAGES = 3
# Of a passage, and of all together; a quote longer than that stands alone.
MAX_FROM_PASSAGE = 3
MAX_CHARS = 1_100
# How much of the best one's score another has to have.
NEAR_BEST = 0.7
# ... and the first one of another passage.
WORTH_A_LOOK = 0.6

MEANING, WORDS, EXPECTED, FOUND = 0.5, 0.4, 0.1, 0.6
# Where passages are chosen: what their sentences say, beside how well they were found.
SAID = 0.2
# Beside a word of the sentence: one that it says in other words, one of what stands around it, of
# the title, of an earlier question.
MEANT, AROUND, TITLE, EARLIER = 0.8, 0.35, 0.2, 0.4
# A question of no more words means what the one before it was about.
FEW_WORDS = 2
# A line, and not a sentence.
MAX_LINE = 80
# What is shorter says nothing alone.
MIN_CHARS, TOO_SHORT = 25, 0.2
LONG_CHARS, TOO_LONG = 300, 0.15
# Below both nothing that was found is about the question.
MIN_NEAR, MIN_WORDS = 0.3, 0.5
# Without a model that knows the question's script, words tell of the meaning, too.
MEANING_OF_WORDS = 0.7


def complete(inquiry: Inquiry) -> str:
    """The question with what was asked before it, if it says too little by itself."""
    if len(terms(inquiry.text)) > FEW_WORDS:
        return inquiry.text
    return f"{inquiry.context}\n{inquiry.text}".strip()


def rank_by_words(inquiry: Inquiry, quotables: Sequence[Quotable]) -> list[Quotable]:
    """The most likely ones, best first, so that few have to be compared by their meaning."""
    weights = _weigh(inquiry, quotables)
    synonyms = [(terms(a), terms(b)) for a, b in find_synonyms(inquiry.text).items()]
    expects = read_expectation(inquiry.text)
    top = max((each.source.score for each in quotables), default=0.0) or 1.0
    for each in quotables:
        each.words = _share(weights, each, synonyms)
        length = TOO_SHORT if len(each.text) < MIN_CHARS else _rate_length(each.text)
        each.expected = EXPECTED * expects(f"{each.text} {each.head}")
        each.score = each.expected + FOUND * each.source.score / top - length
        is_line = len(each.text) <= MAX_LINE and 0 < len(each.before) <= MAX_LINE
        each.leans_back = is_line and not each.expected and expects(each.before) >= 1
    return _pick_compared(sorted(quotables, key=_rate_by_words))


def _pick_compared(order: Sequence[Quotable]) -> list[Quotable]:
    """The first ones, and the first of each passage: it may say the same in other words."""
    firsts = {each.source.number: n for n, each in reversed([*enumerate(order)])}
    rest = [n for n in range(len(order)) if n not in firsts.values()]
    places = sorted([*firsts.values(), *rest[: max(MAX_COMPARED - len(firsts), 0)]])
    return [order[n] for n in places]


def _rate_by_words(quotable: Quotable) -> float:
    return -(WORDS * 2 * quotable.words + quotable.score)


def add_meaning(
    question: Vector | None, quotables: Sequence[Quotable], vectors: Sequence[Vector]
) -> None:
    """Complete the scores; without vectors words stand for the meaning."""
    for n, each in enumerate(quotables):
        each.near = None if question is None else compare(question, vectors[n])
        each.score += MEANING * _get_nearness(each) + WORDS * each.words


def answers_nothing(quotables: Sequence[Quotable]) -> bool:
    """Return whether not even the nearest has to do with the question, in meaning or in words."""
    near = [each.near for each in quotables if each.near is not None]
    words = max((each.words for each in quotables), default=0.0)
    return bool(near) and max(near) < MIN_NEAR and words < MIN_WORDS


def select(quotables: Sequence[Quotable], max_passages: int = MAX_PASSAGES) -> list[Quotable]:
    """The quotes: the best of each of the best passages, and what comes near the best of all.

    By document and by passage, those with the best quotes first, and in a passage in its own order.
    """
    best = sorted(quotables, key=lambda each: -each.score)
    passages = _pick_passages(best, max_passages)
    firsts = [next(each for each in best if each.source.number == n) for n in passages]
    # A number of the very thing puts a sentence first, and makes no other one worse.
    top = best[0].score
    if best[0].expected > EXPECTED:
        top -= best[0].expected - EXPECTED * ANY_NUMBER
    firsts = [each for each in firsts if each.score >= WORTH_A_LOOK * top]
    quotes, left = list(firsts), MAX_CHARS - sum(len(each.text) for each in firsts)
    counts = {each.source.number: 1 for each in firsts}
    for each in best:
        number = each.source.number
        if number not in counts or any(each is quote for quote in quotes):
            continue
        if each.score < NEAR_BEST * top:
            break
        if counts[number] < MAX_FROM_PASSAGE and len(each.text) <= left:
            quotes.append(each)
            counts[number] += 1
            left -= len(each.text)
    return _order([*quotes, *_list_lines_above(quotes)])


def _list_lines_above(quotes: Sequence[Quotable]) -> list[Quotable]:
    """Return the lines that say whose or what the lines below them are."""
    above = [each.above for each in quotes if each.leans_back and each.above is not None]
    return [line for line in above if all(line is not each for each in quotes)]


def _pick_passages(best: Sequence[Quotable], limit: int) -> list[int]:
    """The numbers of the passages to quote from, of different pages as far as possible.

    All but one are those that the search ranks first: it has seen whole passages, of which a
    sentence may say little. For the last one it counts a little what its sentences say.
    """
    sources = {each.source.number: each.source for each in best}
    by_search = sorted(sources)
    by_worth = sorted(sources, key=_rate_passages(best).__getitem__, reverse=True)
    picked: list[int] = []
    pages: set[tuple[str, int | None]] = set()

    def pick(numbers: Sequence[int], at_most: int) -> None:
        for number in numbers:
            page = (sources[number].document, sources[number].page)
            is_new = page not in pages or sources[number].page is None
            if len(picked) < at_most and number not in picked and is_new:
                picked.append(number)
                pages.add(page)

    pick(by_search, limit - 1)
    pick(by_worth, limit)
    # A text without pages is one.
    rest = [*by_search[: limit - 1], *by_worth]
    return list(dict.fromkeys([*picked, *rest]))[:limit]


def _rate_passages(quotables: Sequence[Quotable]) -> dict[int, float]:
    """The worth of each passage: how well it was found, and the most that its sentences say."""
    near: dict[int, float] = {}
    words: dict[int, float] = {}
    found: dict[int, float] = {}
    for each in quotables:
        number = each.source.number
        near[number] = max(near.get(number, 0.0), _get_nearness(each))
        words[number] = max(words.get(number, 0.0), each.words)
        found[number] = each.source.score
    top = max(found.values(), default=0.0) or 1.0
    return {n: score / top + SAID * (near[n] + words[n]) for n, score in found.items()}


def _get_nearness(quotable: Quotable) -> float:
    return MEANING_OF_WORDS * quotable.words if quotable.near is None else quotable.near


def _order(quotes: Sequence[Quotable]) -> list[Quotable]:
    best = sorted(quotes, key=_by_score)
    documents = list(dict.fromkeys(each.source.document for each in best))
    passages = list(dict.fromkeys(each.source.number for each in best))
    return sorted(
        quotes,
        key=lambda each: (
            documents.index(each.source.document),
            passages.index(each.source.number),
            each.place,
        ),
    )


def join_neighbours(quotes: Sequence[Quotable]) -> list[list[Quotable]]:
    """Quotes in their order, those together that follow one another in their passage."""
    numbered = [(each.source.number, each.place - n, each.kind) for n, each in enumerate(quotes)]
    runs = groupby(zip(numbered, quotes, strict=True), key=lambda item: item[0])
    return [[quote for _, quote in run] for _, run in runs]


def _by_score(quotable: Quotable) -> float:
    return -quotable.score


def _weigh(inquiry: Inquiry, quotables: Sequence[Quotable]) -> dict[str, float]:
    """The weight of each word of the question: the rarer here, the more it tells."""
    asked = terms(inquiry.text)
    earlier = terms(inquiry.context) - asked
    counts = dict.fromkeys(asked | earlier, 0)
    for each in quotables:
        for term in terms(each.text) & counts.keys():
            counts[term] += 1
    total = len(quotables)
    weights = {
        term: math.log(1 + (total - count + 0.5) / (count + 0.5)) for term, count in counts.items()
    }
    own = sum(weights[term] for term in asked)
    before = sum(weights[term] for term in earlier)
    # Of a question that says something itself, together no more than its own words.
    share = min(own / before, 1) if before and len(asked) > FEW_WORDS else 1.0
    return weights | {term: weights[term] * EARLIER * share for term in earlier}


def _share(
    weights: Mapping[str, float],
    quotable: Quotable,
    synonyms: Sequence[tuple[Set[str], Set[str]]],
) -> float:
    """The share of what the question's words tell that a sentence has."""
    own, around = terms(quotable.text), terms(quotable.surroundings)
    title = terms(quotable.source.title)
    meant = {term for other, said in synonyms if other and other <= own for term in said}
    whole = sum(weights.values())
    if not whole:
        return 0.0
    places = ((own, 1.0), (meant, MEANT), (around, AROUND), (title, TITLE))
    return (
        sum(
            weight * next((worth for place, worth in places if term in place), 0.0)
            for term, weight in weights.items()
        )
        / whole
    )


def _rate_length(text: str) -> float:
    """The penalty of what is longer than sentences are: lists and signatures hold any words."""
    over = len(text) - LONG_CHARS
    return min(max(over, 0) / LONG_CHARS, 1) * TOO_LONG


def compare(one: Vector, other: Vector) -> float:
    """The cosine of two vectors."""
    length = math.sqrt(sum(a * a for a in one) * sum(b * b for b in other))
    return sum(a * b for a, b in zip(one, other, strict=True)) / length if length else 0.0
