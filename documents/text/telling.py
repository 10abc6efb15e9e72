"""The words of a question that say what it is about, without those by which one asks.

"Could you please explain how a rainbow forms?" is about rainbows and forms. Greetings, requests and
questioning words stand in any text now and then, so that finding them there says nothing; and
PostgreSQL's stop words hold only the smallest of them. Korean has them as endings, too.
"""

import re

_ASKING = frozenset(
    # As a text, for a list would be a hundred lines.
    """
    about add advice advise again ask asks best bye can check come compare correct could create
    describe detail details difference do does draft else example examples explain explanation far
    find get give go good got great have hello help helpful here hey hi idea ideas important just
    kind know let like likes list long look main make makes many may maybe mean means might more
    much must name names need needs new nice now often ok okay old one ones outline overview people
    plan please point points possible question questions really recommend rephrase rewrite say says
    see short shorter should show simple simply some something sort suggest summarise summarize
    summary sure tell thank thanks that them then there these they thing things think this those
    today tomorrow translate try type types use used using very want way ways well were what which
    with word words would write wrote yes yesterday your
    """.split()  # noqa: SIM905
)
_LATIN_WORD = re.compile(r"[A-Za-z]+")

# A run of Hangul between other characters; Korean puts particles and endings right behind a word.
_HANGUL_RUN = re.compile("[\uac00-\ud7a3]+")
_KOREAN_ASKING = re.compile(
    "무엇.{0,4}|무슨|무얼|뭐.{0,3}|뭘|어떻.{0,4}|어떤|어떠.{0,3}|어디.{0,4}|어느|언제.{0,4}|누가|누구.{0,3}"
    "|왜|얼마.{0,4}|며칠.{0,4}|몇|가장|제일|좀|더|잘|참|수|것.?|거|때|전|후|저|나|너.?|내|우리|이|그|오늘|내일"
    "|어제|안녕.{0,4}|반가.{0,4}|고마.{0,3}|감사.{0,4}|도와.{0,4}|대한|대해.?|관한|관해.?|위한|짧은|간단.{0,2}"
    "|쉽게|자세히|하나|다섯|있.{1,4}|없.{1,4}|하.{1,4}|해.{0,4}|할|한|되.{1,4}|될|된|됩니까|돼.{0,2}"
    "|알려.{0,3}|말해.{0,3}|(?:설명|요약|정리|비교|추천|번역|작성)(?:해.{0,3}|하.{1,3}|좀)?"
    "|써|쓰고|만들.{1,3}|고쳐|찾아|보여|골라|줘.?|주세요|줄래.?|줄|싶.{1,3}|방법.?|법을|차이.?|내용.?|주요"
)
_PARTICLES = re.compile(
    "(?:이?란|인가요|인지요?|이에요|예요|입니까|이야|에서는?|에게서?|에는?|으로는?|로는?|까지는?|부터|에도|이나"
    "|하고|처럼|보다|마다|들[은이을에]?|은|는|이|가|을|를|의|와|과|도|만|께)$"
)
# What is left of a word has a meaning of its own.
_MIN_STEM = 2


def select_telling(text: str) -> str:
    """Return the telling words of a question, as they can be searched for; perhaps none."""
    text = _LATIN_WORD.sub(lambda m: " " if m[0].lower() in _ASKING else m[0], text)
    return _HANGUL_RUN.sub(_strip_korean, text)


def _strip_korean(run: re.Match[str]) -> str:
    word = run[0]
    if _KOREAN_ASKING.fullmatch(word):
        return " "
    stem = _PARTICLES.sub("", word)
    return stem if len(stem) >= _MIN_STEM else word


# Of us: the house, its rules, what somebody may do there. "How do I…" asks for no permission, and
# "US" is a country.
_ABOUT_US = re.compile(
    r"\b(?:us|(?i:we|our|ours|(?:can|may|must|am|are|could|should) (?:i|we)"
    r"|do (?:i|we) (?:get|have)))\b"
    "|우리|저희|회사|사내"
)
# Files are also what programs open, so only those that were brought here count.
_OF_DOCUMENTS = re.compile(
    r"\b(?:(?:my|our|the|these|those|this|that|your) (?:documents?|pdfs?|uploads?|attachments?)"
    r"|(?:uploaded|attached) (?:documents?|pdfs?|files?)|(?:in|from|across|all) documents"
    r"|according to (?:my|our|the|this) (?:handbook|manual|contract|report|minutes|policy))\b"
    "|(?:내|제|이|그) ?(?:문서|자료)|(?:첨부한?|올린|업로드한) ?(?:문서|파일|자료)"
    "|문서(?:들?에서|들?에는|상)|자료에서"
)
_SMALL_TALK = re.compile(
    r"(?:hi|hello|hey|thanks?|thank you|thx|good (?:morning|afternoon|evening|night)|bye)\b"
    r"|(?:안녕|고마|감사|반가)\S{0,4}"
)
MAX_SMALL_TALK_CHARS = 40
# "The", "for", "now", of which PostgreSQL's stop words are most.
MAX_SMALL_WORD = 3
# A question that says so much says what it is about.
FEW_WORDS, MAX_SEARCHED_CHARS = 2, 2_000


def is_about_us(text: str) -> bool:
    """Tell if a question is about the house of the person who asks."""
    return _ABOUT_US.search(text[:MAX_SEARCHED_CHARS]) is not None


def points_at_documents(text: str) -> bool:
    """Tell if a question says itself that it is about documents."""
    return _OF_DOCUMENTS.search(text[:MAX_SEARCHED_CHARS].lower()) is not None


def has_few_words(text: str) -> bool:
    """Tell if a question says nearly nothing alone: "Shorter, please"."""
    return len(_find_words(text[:MAX_SEARCHED_CHARS])) <= FEW_WORDS


def is_small_talk(text: str) -> bool:
    """Tell if nothing is asked, but somebody greeted, thanked or left."""
    text = text[: MAX_SMALL_TALK_CHARS + 1].strip().lower()
    greeting = _SMALL_TALK.match(text) if len(text) <= MAX_SMALL_TALK_CHARS else None
    return greeting is not None and not _find_words(text[greeting.end() :])


def _find_words(text: str) -> list[str]:
    found = re.split(r"\W+", select_telling(text))
    return [word for word in found if len(word) > (MAX_SMALL_WORD if word.isascii() else 1)]
