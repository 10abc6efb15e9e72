"""A number that the passage says of something else supports no sentence.

Each passage has sentences that it supports, and such as it does not.
"""

import pytest

from chat.grounding.grade import Grade, judge

CASES = [
    (
        "Revenue was 5 million euros in 2021 and 7 million euros in 2022.",
        [
            "In 2022, revenue was 7 million euros.",
            "Revenue was 7 million euros in 2022 and 5 million in 2021.",
            "Revenue rose from 5 million euros in 2021 to 7 million euros in 2022.",
        ],
        [
            "Revenue was 7 million euros in 2021 and 5 million euros in 2022.",
            "In 2021, revenue was 7 million euros.",
        ],
    ),
    (
        "Marlow has 48,300 residents, while Tessin has 17,950 residents.",
        [
            "Tessin has 17,950 residents and Marlow has 48,300 residents.",
            "Marlow has 48,300 residents.",
        ],
        [
            "Marlow has 17,950 residents, while Tessin has 48,300 residents.",
            "Tessin has 48,300 residents.",
            "Marlow has 17,950 residents.",
        ],
    ),
    (
        "Adults pay 12 euros, children pay 6 euros, and seniors pay 9 euros.",
        [
            "Children pay 6 euros.",
            "Seniors pay 9 euros and adults pay 12 euros.",
        ],
        [
            "Adults pay 6 euros.",
            "Children pay 12 euros.",
            "Adults pay 9 euros and seniors pay 12 euros.",
            "Seniors pay 6 euros and children pay 9 euros.",
        ],
    ),
    (
        "The price rose from 12 to 15 euros.",
        [
            "The price rose to 15 euros from 12.",
        ],
        [
            "The price rose from 15 to 12 euros.",
            "The price rose to 12 euros from 15 euros.",
            "The price fell from 15 to 12 euros.",
        ],
    ),
    (
        (
            "The museum is open from 9 a.m. to 5 p.m. on weekdays and from 10 a.m. to 4 "
            "p.m. on Sundays."
        ),
        [
            "The museum is open from 9 a.m. to 5 p.m. on weekdays.",
            "On Sundays the museum is open from 10 a.m. to 4 p.m.",
        ],
        [
            "The museum is open from 10 a.m. to 5 p.m. on Sundays.",
            "The museum is open from 9 a.m. to 4 p.m. on weekdays.",
            "On Sundays the museum is open from 9 a.m. to 5 p.m.",
        ],
    ),
    (
        "The delivery takes 5 to 10 working days.",
        [
            "The delivery takes 5–10 working days.",
            "The delivery takes 5-10 working days.",
            "The delivery takes between 5 and 10 working days.",
        ],
        [
            "The delivery takes 10 to 15 working days.",
            "The delivery takes 10 to 5 working days.",
        ],
    ),
    (
        "Profit fell by 12 percent while revenue rose by 8 percent.",
        [
            "Revenue rose by 8 percent while profit fell by 12 percent.",
            "Profit fell by 12 percent.",
            "Revenue rose by 8 percent.",
        ],
        [
            "Profit rose by 8 percent while revenue fell by 12 percent.",
            "Profit rose by 12 percent.",
            "Revenue fell by 8 percent.",
            "Profit fell by 8 percent.",
            "Profit rose by 12 percent while revenue fell by 8 percent.",
            "Revenue rose by 12 percent while profit fell by 8 percent.",
        ],
    ),
    (
        "Paris has 2.1 million inhabitants and Lyon has 520,000.",
        [
            "Lyon has 520,000 inhabitants.",
            "Lyon has 520,000 inhabitants and Paris has 2.1 million.",
        ],
        [
            "Lyon has 2.1 million inhabitants and Paris has 520,000.",
            "Paris has 520,000 inhabitants.",
        ],
    ),
    (
        "Version 3.2 was released in May 2023; version 3.3 followed in August 2023.",
        [],
        [
            ("Version 3.3 was released in May 2023; version 3.2 followed in August 2023."),
            "Version 3.3 was released in May 2023.",
        ],
    ),
    (
        "The 2nd amendment was adopted in 1791; the 14th amendment in 1868.",
        [],
        [
            "The 14th amendment was adopted in 1791.",
            "The 2nd amendment was adopted in 1868.",
        ],
    ),
    (
        "Section 4.2 applies to contractors and Section 4.3 applies to employees.",
        [],
        [
            "Section 4.3 applies to contractors.",
            "Section 4.2 applies to employees.",
            "Section 4.3 applies to contractors and Section 4.2 applies to employees.",
        ],
    ),
    (
        ("On 3 May 2021 the court ruled for Smith; on 5 March 2022 the appeal was dismissed."),
        [],
        [
            "On 5 March 2022 the court ruled for Smith.",
            "On 3 May 2021 the appeal was dismissed.",
            "On 3 March 2022 the appeal was dismissed.",
        ],
    ),
    (
        "Germany exported 1.2 million cars and imported 0.9 million cars in 2020.",
        [],
        [
            "Germany exported 0.9 million cars and imported 1.2 million cars in 2020.",
            "Germany imported 1.2 million cars in 2020.",
        ],
    ),
    (
        "2023년 서울의 인구는 938만 명이고 부산의 인구는 329만 명이다.",
        [
            "2023년 부산의 인구는 329만 명이다.",
        ],
        [
            "2023년 부산의 인구는 938만 명이고 서울의 인구는 329만 명이다.",
            "부산의 인구는 938만 명이다.",
        ],
    ),
    (
        "2021年の売上は5億円、2022年の売上は7億円だった。",
        [],
        [
            "2021年の売上は7億円、2022年の売上は5億円だった。",
        ],
    ),
    (
        "Erwachsene zahlen 12 Euro, Kinder zahlen 6 Euro.",
        [],
        [
            "Erwachsene zahlen 6 Euro, Kinder zahlen 12 Euro.",
            "Kinder zahlen 12 Euro.",
        ],
    ),
    (
        (
            "Founded in 1998 in Gothenburg, Nordvik AB employs 1,820 people and had "
            "revenue of 312 million euros in 2023, up from 290 million euros in 2022."
        ),
        [
            "Nordvik AB was founded in 1998 in Gothenburg.",
            "Nordvik AB employs 1,820 people.",
            "Nordvik AB had revenue of 312 million euros in 2023.",
            (
                "In 2023, Nordvik AB had revenue of 312 million euros, up from 290 "
                "million euros in 2022."
            ),
            "Nordvik AB, founded in 1998, employs 1,820 people.",
            ("Nordvik AB employs 1,820 people and had revenue of 312 million euros in 2023."),
        ],
        [
            "Nordvik AB had revenue of 290 million euros in 2023.",
            "Nordvik AB had revenue of 312 million euros in 2022.",
            "Nordvik AB employs 312 people.",
            "In 2022, Nordvik AB had revenue of 312 million euros.",
            "Nordvik AB was founded in 2022.",
            "Nordvik AB was founded in 1998 and employs 290 people.",
        ],
    ),
    (
        (
            "The basic plan costs 9 dollars a month and includes 10 GB of storage. The "
            "team plan costs 29 dollars a month and includes 100 GB of storage."
        ),
        [
            "The basic plan costs 9 dollars a month.",
            "The team plan costs 29 dollars a month and includes 100 GB of storage.",
            "The basic plan includes 10 GB of storage.",
            "With the team plan you get 100 GB of storage for 29 dollars a month.",
            ("The basic plan costs 9 dollars a month, while the team plan costs 29 dollars."),
            "The team plan includes 100 GB of storage, the basic plan 10 GB.",
            "10 GB of storage are included in the basic plan.",
        ],
        [
            "The basic plan costs 29 dollars a month.",
            "The team plan costs 9 dollars a month.",
            "The basic plan includes 100 GB of storage.",
            "The team plan costs 29 dollars a month and includes 10 GB of storage.",
            "The basic plan costs 9 dollars a month and includes 100 GB of storage.",
            ("The basic plan costs 29 dollars a month, while the team plan costs 9 dollars."),
        ],
    ),
    (
        (
            "Employees are entitled to 25 days of annual leave. After five years of "
            "service this rises to 28 days, and after ten years to 30 days. Up to 5 days "
            "can be carried over until 31 March."
        ),
        [
            "Employees are entitled to 25 days of annual leave.",
            "After five years of service annual leave rises to 28 days.",
            "After ten years, it rises to 30 days.",
            "Up to 5 days of leave can be carried over until 31 March.",
            "Annual leave is 25 days.",
            "After ten years of service, annual leave rises to 30 days.",
        ],
        [
            "After five years of service annual leave rises to 30 days.",
            "After ten years this rises to 28 days.",
            "Up to 25 days can be carried over until 31 March.",
            "At least 5 days can be carried over until 31 March.",
        ],
    ),
    (
        (
            "The patient received 50 mg of Alpharin in the morning and 20 mg of Betazol "
            "in the evening."
        ),
        [
            "The patient received 50 mg of Alpharin in the morning.",
            "In the evening, the patient received 20 mg of Betazol.",
            (
                "The patient received Betazol (20 mg) in the evening and Alpharin (50 "
                "mg) in the morning."
            ),
            (
                "The patient received 20 mg of Betazol in the evening and 50 mg of "
                "Alpharin in the morning."
            ),
        ],
        [
            "The patient received 20 mg of Alpharin in the morning.",
            "The patient received 50 mg of Betazol in the evening.",
            "In the evening, the patient received 50 mg of Betazol.",
            (
                "The patient received 20 mg of Alpharin in the morning and 50 mg of "
                "Betazol in the evening."
            ),
            "The patient received 50 mg of Alpharin in the evening.",
        ],
    ),
    (
        ("Room A seats 40 people, Room B seats 120 people, and the auditorium seats 600."),
        [
            "Room B seats 120 people.",
            "The auditorium seats 600 people.",
            "Room A seats 40 people and the auditorium 600.",
            "The auditorium seats 600 people, more than Room B with 120.",
            "Room A and Room B seat 40 and 120 people respectively.",
        ],
        [
            "Room B seats 600 people.",
            "The auditorium seats 120 people.",
            "Room A and the auditorium seat 600 and 40 people respectively.",
        ],
    ),
    (
        ("Die Grundgebühr beträgt 9,90 Euro im Monat, die Anschlussgebühr einmalig 29 Euro."),
        [
            "Die Grundgebühr beträgt 9,90 Euro im Monat.",
            "Die Anschlussgebühr beträgt einmalig 29 Euro.",
        ],
        [
            "Die Grundgebühr beträgt 29 Euro im Monat.",
            "Die Anschlussgebühr beträgt einmalig 9,90 Euro.",
        ],
    ),
    (
        "Le forfait de base coûte 9 euros par mois et le forfait famille 19 euros.",
        [
            "Le forfait de base coûte 9 euros par mois.",
            "Le forfait famille coûte 19 euros par mois.",
        ],
        [
            "Le forfait famille coûte 9 euros par mois.",
            "Le forfait de base coûte 19 euros par mois.",
        ],
    ),
    (
        "El plan básico cuesta 9 euros al mes y el plan familiar cuesta 19 euros.",
        [
            "El plan básico cuesta 9 euros al mes.",
            "El plan familiar cuesta 19 euros al mes.",
        ],
        [
            "El plan familiar cuesta 9 euros al mes.",
            "El plan básico cuesta 19 euros.",
        ],
    ),
    (
        "기본 요금제는 월 9천 원이고 가족 요금제는 월 1만 9천 원이다.",
        [
            "기본 요금제는 월 9천 원이다.",
            "가족 요금제는 월 1만 9천 원이다.",
        ],
        [
            "가족 요금제는 월 9천 원이다.",
            "기본 요금제는 월 1만 9천 원이다.",
        ],
    ),
    (
        "成人票价为60元,儿童票价为30元。",
        [
            "成人票价为60元。",
            "儿童票价为30元。",
        ],
        [
            "成人票价为30元。",
            "儿童票价为60元。",
        ],
    ),
    (
        "大人の料金は1200円、子供の料金は600円です。",
        [
            "大人の料金は1200円です。",
            "子供の料金は600円です。",
        ],
        [
            "大人の料金は600円です。",
            "子供の料金は1200円です。",
        ],
    ),
    (
        "Взрослые платят 500 рублей, а дети платят 250 рублей.",
        [
            "Взрослые платят 500 рублей.",
            "Дети платят 250 рублей.",
        ],
        [
            "Взрослые платят 250 рублей.",
            "Дети платят 500 рублей.",
        ],
    ),
    (
        "يدفع الكبار 50 ريالا ويدفع الأطفال 25 ريالا.",
        [
            "يدفع الكبار 50 ريالا.",
            "يدفع الأطفال 25 ريالا.",
        ],
        [
            "يدفع الكبار 25 ريالا.",
            "يدفع الأطفال 50 ريالا.",
        ],
    ),
    (
        "ผู้ใหญ่จ่าย 100 บาท และเด็กจ่าย 50 บาท",
        [
            "ผู้ใหญ่จ่าย 100 บาท",
            "เด็กจ่าย 50 บาท",
        ],
        [
            "ผู้ใหญ่จ่าย 50 บาท",
            "เด็กจ่าย 100 บาท",
        ],
    ),
    (
        (
            "The survey of 1,204 adults found that 62% support the plan, 25% oppose it "
            "and 13% are undecided."
        ),
        [
            "62% of adults support the plan.",
            "25% oppose the plan.",
            "13% are undecided.",
            "In a survey of 1,204 adults, 62% support the plan.",
            "The survey found that 25% oppose the plan and 13% are undecided.",
        ],
        [
            "25% of adults support the plan.",
            "62% oppose the plan.",
            "62% are undecided.",
            "1,204% support the plan.",
            "The survey found that 13% oppose the plan and 25% are undecided.",
        ],
    ),
    (
        (
            "Temperatures reached 38 °C in Seville on 12 July 2023 and 41 °C in Cordoba "
            "on 15 July 2023."
        ),
        [
            "Temperatures reached 41 °C in Cordoba on 15 July 2023.",
            "On 12 July 2023, temperatures reached 38 °C in Seville.",
            "In Cordoba, temperatures reached 41 °C.",
        ],
        [
            "Temperatures reached 41 °C in Seville on 12 July 2023.",
            "Temperatures reached 38 °C in Cordoba.",
            "Temperatures reached 38 °C in Seville on 15 July 2023.",
        ],
    ),
    (
        (
            "Unlike the X100, which has 8 GB of memory, the X200 has 16 GB of memory and "
            "costs 899 euros."
        ),
        [
            "The X200 has 16 GB of memory.",
            "The X200 costs 899 euros.",
            "The X100 has 8 GB of memory.",
        ],
        [
            "The X100 has 16 GB of memory.",
            "The X200 has 8 GB of memory.",
        ],
    ),
    (
        "The fee is 5 euros per day, or 30 euros per week.",
        [
            "The fee is 30 euros per week.",
            "The fee is 5 euros per day.",
        ],
        [
            "The fee is 30 euros per day.",
            "The fee is 5 euros per week.",
        ],
    ),
    (
        ("Orders over 50 euros ship free; orders below 50 euros cost 4.90 euros to ship."),
        [
            "Orders over 50 euros ship free.",
            "Orders below 50 euros cost 4.90 euros to ship.",
        ],
        [
            "Orders over 50 euros cost 4.90 euros to ship.",
            "Orders below 50 euros ship free.",
        ],
    ),
    (
        "The north building was built in 1920 and the south building in 1975.",
        [
            "The north building was built in 1920.",
            "The south building was built in 1975.",
        ],
        [
            "The north building was built in 1975.",
            "The south building was built in 1920.",
        ],
    ),
    (
        "Clause 3 governs delivery and clause 4 governs payment.",
        [
            "Clause 3 governs delivery.",
            "Clause 4 governs payment.",
        ],
        [
            "Clause 4 governs delivery.",
            "Clause 3 governs payment.",
        ],
    ),
    (
        "Maria leads marketing, and Tom leads engineering.",
        [
            "Maria leads marketing.",
            "Tom leads engineering.",
        ],
        [],
    ),
    (
        (
            "The company was led by Anna Berg until 2019. Since 2019 Karl Lund has been "
            "its chief executive."
        ),
        [
            "Since 2019 Karl Lund has been the chief executive.",
            "Karl Lund has been chief executive of the company since 2019.",
            "The company was led by Anna Berg until 2019.",
        ],
        [],
    ),
    (
        "- Battery: 12 hours\n- Weight: 1.2 kg\n- Screen: 14 inches",
        [
            "Weight: 1.2 kg.",
        ],
        [
            "Screen: 12 inches.",
            "Weight: 14 kg.",
            "Battery: 14 hours.",
        ],
    ),
    (
        "Opening hours:\n- Monday: 9-17\n- Saturday: 10-14\n- Sunday: closed",
        [],
        [
            "Monday: 10-14.",
            "Sunday: 9-17.",
            "The shop is open on Sunday.",
        ],
    ),
]
SAID = [(passage, sentence) for passage, said, _ in CASES for sentence in said]
NOT_SAID = [(passage, sentence) for passage, _, not_said in CASES for sentence in not_said]


@pytest.mark.parametrize(("passage", "sentence"), SAID)
def test_a_number_of_the_same_thing_is_supported(passage: str, sentence: str) -> None:
    assert judge(sentence, passage).grade is Grade.SUPPORTED


@pytest.mark.parametrize(("passage", "sentence"), NOT_SAID)
def test_a_number_of_another_thing_is_not(passage: str, sentence: str) -> None:
    assert judge(sentence, passage).grade is not Grade.SUPPORTED
