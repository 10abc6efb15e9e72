"""Numbers and dates of a sentence are those of a passage if they have the same value."""

import pytest

from chat.grounding.figures import unify_spelling
from chat.grounding.grade import Grade, judge
from chat.grounding.numbers import scan
from chat.grounding.terms import terms
from chat.tests.grounding.test_citing import passage
from chat.turns.citations import check
from tests.costs import growth
from tests.costs.hostile_texts import Hostile

# Of CPU, for 64 KB.
MAX_SECONDS = 1.5

THE_SAME = [
    ("The recipe takes 2 1/2 cups of sugar.", "The recipe takes 2½ cups of sugar."),
    ("The recipe takes 0.5 cup of sugar.", "The recipe takes 1/2 cup of sugar."),
    ("The box holds 2 dozen eggs.", "The box holds 24 eggs."),
    ("The rate rose by 50 basis points.", "The rate rose by 0.5 percentage points."),
    ("The rate rose by 5 percentage points.", "The rate rose by 5 pp."),
    ("De fabriek kost 3 mln. euro.", "De fabriek kost 3.000.000 euro."),
    ("Fabrika 3 milyon lira tutuyor.", "Fabrika 3.000.000 lira tutuyor."),
    ("Завод стоит 3 млн рублей.", "Завод стоит 3 000 000 рублей."),
    ("Le prix est de 1 234,56 euros.", "Le prix est de 1234,56 euros."),
    ("契約は令和6年4月3日に終了する。", "契約は2024年4月3日に終了する。"),
    ("Die Miete beträgt 1.500 Euro.", "Die Miete beträgt 1500 Euro im Monat."),
    ("The rent is 1,500 euros.", "The rent is 1.500 euros."),
    ("The dose is 1.5 grams.", "The dose is 1.500 grams."),
    ("The rent is 1500 francs.", "The rent is 1'500 francs."),
    ("The rent is 1,500 francs.", "The rent is 1’500 francs."),
    ("The rent is 1,500 euros.", "The rent is 1\u202f500 euros."),
    ("The rent is 1\u00a0500 euros.", "The rent is 1500 euros."),
    ("The rent is 1500.25 euros.", "The rent is 1.500,25 euros."),
    ("The rent is 1,234,567.5 euros.", "The rent is 1.234.567,5 euros."),
    ("The share is 3,5 %.", "The share is 3.5%."),
    ("The cost is 100,000 rupees.", "The cost is 1,00,000 rupees."),
    ("The cost is 2.5 crore rupees.", "The cost is 2,50,00,000 rupees."),
    ("The cost is 1 lakh rupees.", "The cost is 100,000 rupees."),
    ("The cost is 1500 won.", "The cost is １，５００ won."),
    ("The cost is 1500 dirham.", "The cost is ١٬٥٠٠ dirham."),
    ("The share is 15 %.", "The share is 15%."),
    ("The share is 15 percent.", "The share is 15\u00a0%."),
    ("The deal cost $1.5 million.", "The deal cost $1,500,000."),
    ("The deal cost $1.5m.", "The deal cost $1,500,000."),
    ("Der Umsatz betrug 2,5 Mio. Euro.", "Der Umsatz betrug 2.500.000 Euro."),
    ("Der Umsatz betrug 3 Milliarden Euro.", "Der Umsatz betrug 3.000.000.000 Euro."),
    ("인구는 50,000 명이다.", "인구는 5만 명이다."),
    ("매출은 150,000,000 원이다.", "매출은 1억 5천만 원이다."),
    ("매출은 1억5000만 원이다.", "매출은 1억 5천만 원이다."),
    ("The lease ends on 3 March 2024.", "The lease ends on 2024-03-03."),
    ("The lease ends on March 3rd, 2024.", "The lease ends on 3 March 2024."),
    ("The lease ends on Mar. 3, 2024.", "The lease ends on 03.03.2024."),
    ("The lease ends on 2024/3/3.", "The lease ends on the 3rd of March 2024."),
    ("Der Vertrag endet am 3. März 2024.", "Der Vertrag endet am 03.03.2024."),
    ("Le bail finit le 1er août 2024.", "Le bail finit le 2024-08-01."),
    ("임대는 2024년 3월 3일에 끝난다.", "임대는 2024-03-03에 끝난다."),
    ("임대는 2024. 3. 3.에 끝난다.", "임대는 2024년 3월 3일에 끝난다."),
    # 03/04/2024 is the third of April in one place and the fourth of March in another.
    ("The lease ends on 3 April 2024.", "The lease ends on 03/04/2024."),
    ("The lease ends on 4 March 2024.", "The lease ends on 03/04/2024."),
    ("The lease ends on 25 March 2024.", "The lease ends on 03/25/2024."),
    ("The lease ends on 3 March 2024.", "In 2024 much happened. The lease ends on 3 March."),
    ("The lease ends on 3 March.", "The lease ends on 2024-03-03."),
    ("The lease ends in 2024.", "The lease ends on 2024-03-03."),
    ("The lease ran from 3 March.", "The lease ran from 3 to 5 March."),
    ("Le loyer est de 1 234,56 euros.", "Le loyer est de 1.234,56 euros."),
    ("The fund holds 3 500 000 euros.", "The fund holds 3.5 million euros."),
    ("The rent is 1´500 francs.", "The rent is 1500 francs."),
    ("The rate is 5 ‰.", "The rate is 0.5%."),
    ("The rate is 5 per mille.", "The rate is 5‰."),
    ("The rate is .5 per cent.", "The rate is 0.5%."),
    ("The mass is 1.5 × 10⁶ kilograms.", "The mass is 1,500,000 kilograms."),
    ("The mass is 1.5e6 kilograms.", "The mass is 1.5 x 10^6 kilograms."),
    ("The charge is 1.6e-19 coulomb.", "The charge is 1.6 × 10⁻¹⁹ coulomb."),
    ("The fee is 500 EUR.", "The fee is €500."),
    ("The fee is 500 euros.", "The fee is 500€."),
    ("The fee is USD 5 million.", "The fee is $5m."),
    ("The fee is 2500 pounds.", "The fee is £2.5k."),
    ("The clause is in chapter IV.", "The clause is in chapter 4."),
    ("The clause is in chapter 4.", "The clause is in chapter Ⅳ."),
    ("The lease ends on 3/5/24.", "The lease ends on 5 March 2024."),
    ("The lease ends on 3/5/24.", "The lease ends on 3 May 2024."),
    ("Der Vertrag endet am 5. März 2024.", "Der Vertrag endet am 05.03.24."),
    ("The lease ends on 5 March 2024.", "The lease ends on 5-Mar-2024."),
    ("Договор истекает 05.03.2024.", "Договор истекает 5 марта 2024."),
    ("Het contract eindigt op 05-03-2024.", "Het contract eindigt op 5 maart 2024."),
    ("The lease ends in March 2024.", "The lease ends in 03/2024."),
    ("The lease ends in 2024-03.", "The lease ends in March 2024."),
    ("The lease ends in Mar 2024.", "The lease ends on 2024-03-05."),
    ("Revenue rose in Q3 FY24.", "Revenue rose in the third quarter of fiscal year 2024."),
    ("The plan ran 2019-20.", "The plan ran 2019 to 2020."),
    ("There are twenty-five members.", "There are 25 members."),
    ("There are 120 members.", "There are one hundred and twenty members."),
    ("There are 2,500 members.", "There are two thousand five hundred members."),
    ("There are 500,000 members.", "There are half a million members."),
    ("There are 12 members.", "There are a dozen members."),
    ("It fell in the twenty-first century.", "It fell in the 21st century."),
    ("There were 0 cases.", "There were zero cases."),
    ("1 member left the board.", "One member left the board."),
    ("Es gibt 12 Mitglieder.", "Es gibt zwölf Mitglieder."),
    ("The share is 1½ of all shares.", "The share is 1.5 of all shares."),
    ("Growth was -5 %.", "Growth was −5%."),
    ("The costs were 500 euros.", "The costs were −500 euros."),
    ("Version 2.10 is out.", "The version that is out: 2.10."),
    ("Version 2 is out.", "Version 2.0 is out."),
    ("The lease ends in Sept 2024.", "The lease ends in September 2024."),
    ("Sales fell 5 %.", "Sales: -5 % as sales fell."),
    ("The members have 30 days.", "The members have thirty (30) days."),
    ("Die Gebühr beträgt fünfunddreißig Euro.", "Die Gebühr beträgt 35 Euro."),
    ("De prijs is tweeëntwintig euro.", "De prijs is 22 euro."),
    ("Les frais sont de quatre-vingt-dix-sept euros.", "Les frais sont de 97 euros."),
    ("Les frais sont de vingt et un euros.", "Les frais sont de 21 euros."),
    ("La tasa es de veintidós euros.", "La tasa es de 22 euros."),
    ("La tasa es de treinta y cinco euros.", "La tasa es de 35 euros."),
    ("La tassa è di trentotto euro.", "La tassa è di 38 euro."),
    ("A taxa é de vinte e sete euros.", "A taxa é de 27 euros."),
    ("Цена составляет сорок два рубля.", "Цена составляет 42 рубля."),
    ("费用是三百二十元。", "费用是320元。"),
    ("料金は一万二千円です。", "料金は12,000円です。"),
    ("料金は五千万円です。", "料金は5000万円です。"),
    ("合格率是百分之三十五。", "合格率是35%。"),
    ("同意的人占三分之二。", "同意的人占2/3。"),
    ("二〇二四年十二月二十五日に開始。", "2024年12月25日に開始。"),
    ("内容见第十二章。", "内容见第12章。"),
    ("요금은 삼백오십 원입니다.", "요금은 350원입니다."),
    ("위원은 스물다섯 명이다.", "위원은 25명이다."),
    ("회의는 삼월 이십오일에 열린다.", "회의는 3월 25일에 열린다."),
    ("ค่าธรรมเนียมห้าร้อยยี่สิบบาท", "ค่าธรรมเนียม520บาท"),
    ("ประชากรสองล้านสามแสนคน", "ประชากร2,300,000คน"),
    ("Two thirds of the members agreed.", "2/3 of the members agreed."),
    ("A találkozó 2024. március 5-én lesz.", "A találkozó 2024.03.05-én lesz."),
    ("Встреча 5 марта 2024 г.", "Встреча 05.03.2024."),
    ("Die Straße ist für 3 Tage gesperrt.", "Die Strasse ist für 3 Tage gesperrt."),
]
ANOTHER = [
    ("Die Gebühr beträgt fünfunddreißig Euro.", "Die Gebühr beträgt fünfundvierzig Euro."),
    ("Les frais sont de soixante-douze euros.", "Les frais sont de 62 euros."),
    ("La tasa es de veinticinco euros.", "La tasa es de veintiséis euros."),
    ("合格率是百分之三十。", "合格率是百分之四十。"),
    ("费用是三百元。", "费用是四百元。"),
    ("費用は三千円です。", "費用は300円です。"),
    ("同意的人占三分之一。", "同意的人占三分之二。"),
    ("위원은 스물다섯 명이다.", "위원은 스물여섯 명이다."),
    ("요금은 삼백 원입니다.", "요금은 400원입니다."),
    ("ค่าธรรมเนียม ห้าร้อย บาท", "ค่าธรรมเนียม หกร้อย บาท"),
    ("ค่าธรรมเนียม ห้าร้อย บาท", "ค่าธรรมเนียม 600 บาท"),
    ("Two thirds of the members agreed.", "One third of the members agreed."),
    ("The rate rose by 5%.", "The rate rose by 5 percentage points."),
    ("The rate rose by 5 percentage points.", "The rate rose by 5%."),
    ("The rate rose by 5 percent.", "The rate rose by 5 pp."),
    ("Der Satz stieg um 5 %.", "Der Satz stieg um 5 Prozentpunkte."),
    ("Le taux a augmenté de 5 %.", "Le taux a augmenté de 5 points de pourcentage."),
    ("La tasa subió un 5 %.", "La tasa subió 5 puntos porcentuales."),
    ("금리는 5% 올랐다.", "금리는 5%포인트 올랐다."),
    ("金利は5%上昇した。", "金利は5パーセントポイント上昇した。"),
    ("The rate rose by 50 basis points.", "The rate rose by 50 percentage points."),
    ("The recipe takes 2 cups of sugar.", "The recipe takes 1/2 cup of sugar."),
    ("The recipe takes 2 cups of sugar.", "The recipe takes 2 1/2 cups of sugar."),
    ("The box holds 2 dozen eggs.", "The box holds 2 eggs."),
    ("The box holds 2 eggs.", "The box holds 2 dozen eggs."),
    ("Le prix est de 234 euros.", "Le prix est de 1 234 euros."),
    ("Завод стоит 3 рублей.", "Завод стоит 3 000 000 рублей."),
    ("Завод стоит 3 млн рублей.", "Завод стоит 3 млрд рублей."),
    ("De fabriek kost 3 miljoen euro.", "De fabriek kost 3 miljard euro."),
    ("契約は令和6年4月3日に終了する。", "契約は平成6年4月3日に終了する。"),
    ("The rent is 1,600 euros.", "The rent is 1.500 euros."),
    ("The rent is 15 euros.", "The rent is 1.500 euros."),
    ("The rent is 1.5 euros.", "The rent is 1,500 euros."),
    ("The rent is 1.5 euros.", "The rent is 1.500.000 euros."),
    ("The rent is 1500.26 euros.", "The rent is 1.500,25 euros."),
    ("The cost is 1,000,000 rupees.", "The cost is 1,00,000 rupees."),
    ("It took 5,000,000 or more.", "It took 5, 3 million or more."),
    ("The share is 51%.", "The share is 15 %."),
    ("Growth was 5 %.", "Growth was −5 %."),
    ("The result was -500 euros.", "The result was 500 euros."),
    ("The rate is 5‰.", "The rate is 5%."),
    ("The fee is €500.", "The fee is 500 dollars."),
    ("The fee is 500 USD.", "The fee is £500."),
    ("Version 2.1 is out.", "Version 2.10 is out."),
    ("There are 20 members.", "There are twenty-five members."),
    ("The mass is 1.5e6 kilograms.", "The mass is 1.5 × 10⁷ kilograms."),
    ("Chapter IV says so here.", "Chapter VI says so here."),
    ("The lease ends on 3/6/24.", "The lease ends on 5 March 2024."),
    ("The lease ends in March 2024.", "The lease ends in 04/2024."),
    ("The deal cost $1.5 million.", "The deal cost $1.5 billion."),
    ("It is 5,000,000 wide.", "It is 5 m wide."),
    ("인구는 500,000 명이다.", "인구는 5만 명이다."),
    ("매출은 15억 원이다.", "매출은 1억 5천만 원이다."),
    ("The lease ends on 4 March 2024.", "The lease ends on 2024-03-03."),
    ("The lease ends on 3 March 2025.", "The lease ends on 2024-03-03."),
    ("The lease ends on 2024-04-03.", "The lease ends on 3 March 2024."),
    ("The lease ends on 2024-05-03.", "The lease ends on 03/04/2024."),
    ("The lease ends on 4 March.", "The lease ends on 3 March 2024."),
    ("The lease ends on 3 March 2024.", "The lease ends on 3 April 2024, not in March."),
    ("임대는 2024년 3월 4일에 끝난다.", "임대는 2024-03-03에 끝난다."),
]


@pytest.mark.parametrize(("sentence", "text"), THE_SAME)
def test_the_same_value_is_supported_however_it_is_written(sentence: str, text: str) -> None:
    assert judge(sentence, text).grade is Grade.SUPPORTED
    (cited,) = check(f"{sentence} [1]", [passage(text)]).citations
    assert cited.support == "supported"


@pytest.mark.parametrize(("sentence", "text"), ANOTHER)
def test_another_value_is_not(sentence: str, text: str) -> None:
    assert judge(sentence, text).grade is Grade.UNSUPPORTED


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("제3조 2항", ["3", "2"]),
        ("3만 명과 2024년", ["30000", "2024"]),
        ("10:30 and 3.1.4", ["10:30", "3.1.4"]),
        ("0.500 and 12.345", ["0.5", "12.345"]),
        ("13/13/2024", ["13", "13", "2024"]),
        ("they may 5", ["--05-05"]),
        ("in 2019 300 people", ["2019", "300"]),
        ("1e999 and 1e-999", ["inf", "0.000000e+00"]),
        ("2010-11 and 2019-12", ["2010", "11", "2019"]),
    ],
)
def test_what_else_has_digits_is_read_as_it_stands(text: str, values: list[str]) -> None:
    assert [each.values[0] for each in scan(text)] == values


def test_a_number_without_end_breaks_nothing() -> None:
    assert len(list(scan("9" * 10_000))) == 1
    assert len(list(scan("1," * 5_000 + "1만"))) == 1


@pytest.mark.parametrize(
    "alphabet",
    [
        "1",
        "1,",
        "1 ",
        "1만 ",
        "3 march ",
        "march 3 ",
        "1-1-2024 ",
        "3 to ",
        "12월 3일",
        "$1m ",
        "1 111 ",
        "1 11",
        "1e",
        "1×10^",
        "IV ",
        "twenty ",
        "a hundred and ",
        "½",
        "10⁶",
        "2024-",
        "€ 5 ",
    ],
)
def test_the_time_is_linear_in_the_length(alphabet: str) -> None:
    make = Hostile("1", alphabet).make
    assert growth.measure(terms, make, MAX_SECONDS).fault == ""


@pytest.mark.parametrize(
    "text",
    [
        *("千万不要忘记。", "万一下雨", "花费三百五", "二三四"),
        *("세대 차이와 열대 기후", "이사회 회의"),
        *("quatre-vingts jours", "vingt-dix", "einundfünfzigste", "three thirds of them"),
        *("ſechsundzwanzig", "vıngt-cinq", "ſix ſevenths of them"),
    ],
)
def test_words_that_may_be_something_else_are_no_numbers(text: str) -> None:
    assert unify_spelling(text) == text
