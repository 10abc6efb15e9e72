"""Other words for what a text says: "headquarters" are also "principal executive offices".

Reports, contracts and manuals have their own names for what people ask about. Each line lists
phrases that a reader takes for the same, of business and office life alone, where words are used
alike everywhere. Kept are those that few would misread: no "turnover" (of sales, of stock, of
staff) and no "IT". The list is the project's own, and as free as the rest of it.
"""

import re
from functools import cache

from aiapp.text.normal_form import normalize
from aiapp.text.stems import HANGUL, stem

_GROUPS = """
headquarters, head office, main office, principal executive offices, corporate offices
chief executive officer, ceo, chief executive, managing director
chief financial officer, cfo, finance director
chief operating officer, coo
chief technology officer, cto
chief information officer, cio
board of directors, board members
employees, staff, personnel, workforce, headcount, team members
auditor, independent registered public accounting firm, auditing firm
shareholder, stockholder
share repurchases, stock repurchases, buybacks, repurchases of common stock
competitors, rivals, competition
suppliers, vendors
lawsuit, litigation, legal proceedings
acquisition, takeover, business combination
ticker, trading symbol
revenue, net sales, sales
net income, net profit, net earnings, bottom line, profit after tax
operating income, operating profit, income from operations, ebit
gross profit, gross margin
cost of sales, cost of goods sold, cogs, cost of revenue, cost of products sold
income statement, profit and loss, p&l, statement of operations, statement of earnings
balance sheet, statement of financial position, statement of financial condition
cash flow statement, statement of cash flows
shareholders' equity, stockholders' equity, net worth
accounts receivable, trade receivables
accounts payable, trade payables
property plant and equipment, pp&e, property and equipment, fixed assets
capital expenditures, capex, capital spending, purchases of property and equipment
research and development, r&d
selling general and administrative, sg&a
depreciation and amortization, d&a
earnings per share, eps
debt, borrowings
effective tax rate, income tax rate
fiscal year, financial year
year over year, year on year, yoy
first quarter, q1
second quarter, q2
third quarter, q3
fourth quarter, q4
human resources, hr, personnel department
salary, wages, remuneration
paid time off, pto, annual leave, vacation, holiday entitlement
sick leave, sickness absence, absence due to illness
parental leave, maternity leave, paternity leave
work from home, remote work, telework, home office
notice period, period of notice, termination notice
probation, trial period
overtime, additional hours, extra hours
expense claim, expense report, reimbursement of expenses
business trip, business travel
deadline, due date, closing date
purchase order, order form
request for proposal, rfp, invitation to tender
service level agreement, sla
non-disclosure agreement, nda, confidentiality agreement
key performance indicator, kpi
frequently asked questions, faq
terms and conditions, terms of service
value added tax, vat
personal data, personal information, personally identifiable information
data breach, security incident
two-factor authentication, multi-factor authentication, 2fa, mfa
user manual, user guide, instructions for use
phone number, telephone number, telephone
refund, money back
cancellation, termination
warranty, guarantee
본사, 본점
대표이사, 최고경영자
임직원, 종업원, 직원
매출액, 영업수익
당기순이익, 순이익
연차, 연차휴가, 유급휴가
급여, 임금, 봉급
재택근무, 원격근무
"""
# "FY2015" stands nowhere in a report of 2015.
_FISCAL_YEAR = re.compile(r"\bfy ?'?((?:19|20)?\d\d)\b")
_WORD = re.compile(r"[^\W_]+(?:&[^\W_]+)?(?:['’]s?)?")
# A longer text says what it is about.
MAX_CHARS, MAX_PHRASES = 2_000, 16
Phrase = tuple[str, ...]


def find_synonyms(text: str) -> dict[str, str]:
    """Return other phrases for what the text says, each with what it says instead.

    Those that stand in it already are left out.
    """
    plain = normalize("NFKC", text[:MAX_CHARS]).casefold()
    said = _list_phrases(plain)
    found = {
        other: name
        for phrase, name in said.items()
        for other_phrase, other in _read_groups()[0].get(phrase, ())
        if other_phrase not in said
    }
    for year in _FISCAL_YEAR.finditer(plain):
        full = f"20{year[1]}"[-4:]
        if (full,) not in said:
            found[full] = year[0]
    return dict(sorted(found.items())[:MAX_PHRASES])


def _list_phrases(plain: str) -> dict[Phrase, str]:
    """Return all that may be a phrase, with how it is written."""
    groups, longest = _read_groups()
    words = _WORD.findall(plain)
    stems = _stem(words)
    said = {
        tuple(stems[at : at + length]): " ".join(words[at : at + length])
        for at in range(len(words))
        for length in range(1, longest + 1)
    }
    if HANGUL.search(plain):
        korean = [phrase for phrase in groups if HANGUL.match(phrase[0]) and phrase[0] in plain]
        said |= {phrase: phrase[0] for phrase in korean}
    return said


@cache
def _read_groups() -> tuple[dict[Phrase, list[tuple[Phrase, str]]], int]:
    """Return each phrase with the others of its line, and the number of words of the longest."""
    groups: dict[Phrase, list[tuple[Phrase, str]]] = {}
    for line in _GROUPS.strip().splitlines():
        group = [(_read_phrase(name), name) for name in line.split(", ")]
        for phrase, _ in group:
            groups.setdefault(phrase, []).extend(each for each in group if each[0] != phrase)
    return groups, max(map(len, groups))


def _read_phrase(name: str) -> Phrase:
    return (name,) if HANGUL.match(name) else tuple(_stem(_WORD.findall(name)))


def _stem(words: list[str]) -> list[str]:
    return [stem(word.rstrip("'’")) for word in words]
