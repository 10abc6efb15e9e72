"""How many tokens a text has, about.

Exact counting needs each model's own vocabulary, most of which are only to be had from a network.
For budgets an estimate will do: byte-pair vocabularies hold about four bytes of UTF-8 a token,
in English as in Korean.
"""

BYTES_PER_TOKEN = 4


def estimate(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN + 1


def shorten(text: str, tokens: int) -> str:
    """The beginning of a text that fits the budget, cut at a word where there is one."""
    limit = tokens * BYTES_PER_TOKEN
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) <= limit:
        return text
    cut = raw[:limit].decode("utf-8", "ignore")
    return cut.rsplit(None, 1)[0] if " " in cut else cut
