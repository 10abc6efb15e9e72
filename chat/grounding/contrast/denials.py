"""Denials in other languages than English and Korean, whose own rules stand in `contrast`.

What denies is a word before or behind what it denies, an ending, or a sign within a run of letters.
So a sentence is compared part by part with the part of the passage that is most like it: either
both are denied or neither is. English denials count where a part has one of another language, too,
since Spanish shares its "no".
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from aiapp.text.stems import stem
from chat.grounding.contrast import vocabulary
from chat.grounding.letters import WORD
from chat.grounding.terms import Terms, terms

_ELSEWHERE = frozenset(vocabulary.NEGATORS_ELSEWHERE.split())
_ENGLISH = frozenset(vocabulary.NEGATORS.split())
# They deny the word behind them, and nothing else of the part: "sin cargo", "ohne Aufpreis".
_OF_NEXT = frozenset(vocabulary.WITHOUT.split())
_MAX_ARTICLE = 3
# Words that are none where the text has no letters of their language: Dutch "nu" is "now".
_BY_LETTERS = [
    (re.compile(r"(?<!\w)ne(?!\w)"), re.compile("[čšžćđěřůľ]")),
    (re.compile(r"(?<!\w)nu(?!\w)"), re.compile("[ășțţ]")),
    (re.compile(r"(?<!\w)nav(?!\w)"), re.compile("[āēīņļķģ]")),
    # "The company is non-profit" denies nothing that could be said without it.
    (re.compile(r"(?<!\w)non(?![\w-])"), re.compile("[a-z]")),
    (re.compile(r"(?<!\w)ne(?!\w).{1,40}?(?<!\w)(?:plus|point)(?!\w)"), re.compile("[a-z]")),
    (re.compile(r"(?<!\w)n['’]\w.{1,40}?(?<!\w)(?:plus|point)(?!\w)"), re.compile("[a-z]")),
]
_TURKISH = re.compile(
    r"\w{2}(?:[ae]ma?z|m[ae]z(?:l[ae]r)?|m[ae]d[ıi](?:l[ae]r)?|m[ıiuü]yor(?:l[ae]r)?"
    r"|m[ae]y[ae]c[ae][kğ]\w{0,6}|m[ae]m[ıi]ş\w{0,6}|m[ae]m[ae]l[ıi]\w{0,6})(?!\w)"
)
_TURKISH_LETTERS = re.compile("[ğışç]")
_PERSIAN = re.compile(r"(?<!\w)نمی|(?<!\w)ن(?:شد|بود|دار|کرد|خواه|باید)")
_THAI = re.compile("ไม่|มิได้|มิใช่|ห้าม|ບໍ່|ຫ້າມ|មិន|គ្មាន|ហាម|ဘူး")
_CHINESE = re.compile(
    "不(?!同|过|過|但|仅|僅|断|斷|少|动产|動產|久|管|论|論|错|錯|止|锈|鏽|良|明|丹|列)"
    "|没(?!收|落)|沒(?!收|落)|无(?!论|锡|线|数|人机|限|疑)|無(?!論|線|數|数|限|疑|料|事|償|线)"
    "|未(?!来|來|必|婚|成年|満|满|滿)|勿"
)
_JAPANESE = re.compile(
    "(?<![少危切])な(?:い|かった|く(?!て?はな)|ければ)|ません|(?<=[かさたならわがばき])ず"
    "(?=に|、|。|$)|不可|不要|(?<=[でにも])な(?:し|く)|無し"
)
_KANA = re.compile("[ぁ-ゖ]")
# They deny nothing, or what they deny is a bound of a number.
_IDIOMS = re.compile(
    r"nicht (?:nur|allein|zuletzt)|nicht (?:mehr|weniger|später|früher|länger|kürzer|höher|größer"
    r"|älter|jünger|kleiner) als|(?:pas|non) (?:seulement|plus (?:de|tard)|moins de)"
    r"|no (?:s[oó]lo|solamente|más (?:de|tarde)|menos de)|non (?:solo|soltanto|più (?:di|tardi)"
    r"|meno di)|não (?:s[oó]|apenas|somente|mais (?:de|tarde)|menos de)"
    r"|niet (?:alleen|meer dan|minder dan|later dan)|inte (?:bara|mer än|mindre än|senare än)"
    r"|ikke (?:bare|mer enn|mindre enn|senere enn|kun|mere end|mindre end|senere end)"
    r"|nie (?:tylko|więcej niż|mniej niż|później niż)|не (?:только|более|менее|позднее|позже|ранее"
    r"|раньше|больше|меньше|выше|ниже|тільки|більше|менше|пізніше)|nem (?:csak|több|kevesebb)"
    r"|không (?:chỉ|những|quá|khí|gian|quân|ít hơn|dưới)|hàng không"
    r"|(?:tidak|bukan) (?:hanya|lebih dari|kurang dari)|ليس فقط|لا (?:يقل|يزيد|تقل|تزيد)"
    r"|لا (?:يتجاوز|تتجاوز)"
    r"|न केवल|לא רק|לא יותר מ|לא פחות מ|नहीं बल्कि"
    "|ไม่(?:เกิน|น้อยกว่า|ต่ำกว่า|มากกว่า|เพียง|ว่า|ได้แก่)"
    "|不(?:得)?(?:超过|超過|少于|少於|低于|低於|高于|高於|大于|小于|多于|晚于|早于|迟于)|不到|不足"
    "|是否|能否|可否|不得不|(?:不|无|無)(?:不|可不|能不)|非不"
    "|かもしれ(?:ない|ません)|な(?:ければ|くては|いと)(?:な(?:らない|りません|らず)|いけ(?:ない|ません))"
    "|に(?:違い|ちがい|過ぎ|すぎ)(?:ない|ません)|だけで(?:は)?な(?:く|い)|ばかりで(?:は)?なく|のみならず"
    "|やむを得(?:ない|ません|ず)|ほかな(?:らない|りません)|間違いな[いく]|まもなく|間もなく"
)
_CLAUSE = re.compile(
    r"[,.](?!\d)|[\n;:!?()…،؛؟।。、，；：！？]|(?<!\s)\s+(?:und|oder|aber|sondern|et|ou|mais|y(?!\s+a\b)|o"
    r"|pero|sino|e|ed|ma|però|mas|maar|och|men|og|ja|mutta|oraz|și|dar|и|а|но|или|та|але|και|αλλά"
    r"|ve|veya|ama|ancak|fakat|أو|لكن|و|או|אבל|और|या|लेकिन|và|hoặc|nhưng|dan|atau|tetapi)(?=\s)"
    r"|(?<=[一-鿿])(?:但是?|而且|并且|並且|然而)"
)
# Words that join parts in these languages alone.
_SLAVIC_CLAUSE = re.compile(r"(?<!\s)\s+(?:i|a|ale|nebo|ali)(?=\s)")
_SLAVIC = re.compile("[ąęłńśźżčšžěřůťďňľć]")
_DUTCH_CLAUSE = re.compile(r"(?<!\s)\s+(?:en|of)(?=\s)")
_DUTCH = re.compile(r"(?<!\w)(?:het|een|niet|geen|wordt|worden|zijn)(?!\w)")
# A part has something to compare from so many terms on.
_MIN_TERMS = 2
_MIN_SHARE = 0.5
_MAX_CLAUSES = 40


def denies_otherwise(sentence: Terms, passage: Terms) -> bool:
    """Return whether a part of one is denied and the like part of the other is not."""
    here, there = _read_clauses(sentence.text), _read_clauses(passage.text)
    if not (here and there and any(each.is_foreign or each.without for each in (*here, *there))):
        return False
    return _differs_by_part(here, there) or _differs_by_word(here, there)


class _Clause:
    """A part of a sentence: its terms without what denies them."""

    def __init__(self, text: str) -> None:
        small = _IDIOMS.sub(" ", text.casefold())
        tokens = [match[0] for match in WORD.finditer(small)]
        self.terms = terms(text)
        self.is_foreign = _has_foreign(small, tokens, text)
        self.is_denied = self.is_foreign or not _ENGLISH.isdisjoint(tokens)
        self.without = set(_find_next(tokens))
        denying = terms(" ".join(each for each in tokens if each in _ELSEWHERE)).content
        self.content = (self.terms.content | self.terms.numbers) - denying

    def share_in(self, other: "_Clause") -> float:
        return len(self.content & other.content) / max(len(self.content), 1)


@lru_cache(maxsize=256)
def _read_clauses(text: str) -> tuple[_Clause, ...]:
    parts = _CLAUSE.split(text)[:_MAX_CLAUSES]
    for joint, sign in ((_SLAVIC_CLAUSE, _SLAVIC), (_DUTCH_CLAUSE, _DUTCH)):
        if sign.search(text):
            parts = [part for each in parts for part in joint.split(each)]
    return tuple(_Clause(part) for part in parts if part.strip())


def _differs_by_part(here: tuple[_Clause, ...], there: tuple[_Clause, ...]) -> bool:
    for mine in here:
        likely = _find_likest(mine, there)
        if len(mine.content) < _MIN_TERMS or mine.share_in(likely) < _MIN_SHARE:
            continue
        if not (mine.is_foreign or likely.is_foreign) or mine.is_denied == likely.is_denied:
            continue
        # "From May on, dogs are not allowed": what stands before the comma is part of the rest.
        if _find_likest(likely, here).is_denied != likely.is_denied:
            return True
    return False


def _find_likest(one: _Clause, others: tuple[_Clause, ...]) -> _Clause:
    """Return the part that has most of another; of equal ones the one that is denied as it is."""
    return max(others, key=lambda each: (one.share_in(each), each.is_denied == one.is_denied))


def _differs_by_word(here: tuple[_Clause, ...], there: tuple[_Clause, ...]) -> bool:
    """Return whether "without" is said of a word in one text, and the other says the word alone."""
    for some, others in ((here, there), (there, here)):
        free = set().union(*(each.without for each in some))
        for word in free.difference(*(each.without for each in others)):
            said = [each for each in others if word in each.terms.stems]
            if said and not any(each.is_denied for each in said):
                return True
    return False


def _has_foreign(small: str, tokens: list[str], text: str) -> bool:
    """Return whether a part is denied in a language that is not English."""
    known = _ELSEWHERE.intersection(tokens)
    # An egg is no denial.
    if known - ({"ei"} if "Ei" in text else set()):
        return True
    if any(word.search(small) and letters.search(small) for word, letters in _BY_LETTERS):
        return True
    if text.isascii():
        return False
    return bool(
        (_TURKISH_LETTERS.search(small) and _TURKISH.search(small))
        or _PERSIAN.search(small)
        or is_run_denied(small)
    )


def is_run_denied(text: str) -> bool:
    """Return whether a text without blanks denies something in Thai, Chinese or Japanese."""
    bare = _IDIOMS.sub(" ", text)
    return bool(_THAI.search(bare) or (_JAPANESE if _KANA.search(bare) else _CHINESE).search(bare))


def _find_next(tokens: list[str]) -> Iterator[str]:
    """Yield the stems of the words that stand behind a "without"."""
    for at, token in enumerate(tokens):
        if token in _OF_NEXT:
            following = (each for each in tokens[at + 1 :] if len(each) > _MAX_ARTICLE)
            yield from map(stem, list(following)[:1])
