"""Units, bounds, who did what, and for how many: what a sentence may change with the same words.

Each passage has sentences that it supports, and such as it does not.
"""

import pytest

from chat.grounding.grade import Grade, judge

CASES = [
    (
        "Contoso acquired Fabrikam in 2019.",
        [
            "Fabrikam was acquired by Contoso in 2019.",
            "In 2019, Contoso acquired Fabrikam.",
        ],
        [
            "Fabrikam acquired Contoso in 2019.",
            "Contoso was acquired by Fabrikam in 2019.",
        ],
    ),
    (
        "Lake Orta is deeper than Lake Varese.",
        [],
        [
            "Lake Varese is deeper than Lake Orta.",
        ],
    ),
    (
        "The dose is 5 mg twice a day for adults.",
        [],
        [
            "The dose is 5 g twice a day for adults.",
            "For adults the dose is 5 g twice a day.",
            "For adults, the dose is 5 µg twice a day.",
            "For adults the dose is 5 ml twice a day.",
            "Adults take a dose of 5 mg three times a day.",
            "For adults the dose is 5 mg twice a week.",
        ],
    ),
    (
        "The trial lasts 30 days and starts when the account is opened.",
        [],
        [
            "The trial starts when the account is opened and lasts 30 hours.",
            "The trial starts when the account is opened and lasts 30 weeks.",
            "The trial starts when the account is opened and lasts 30 months.",
        ],
    ),
    (
        "The maximum upload size is 25 MB per file in the free plan.",
        [],
        [
            "In the free plan, the maximum upload size is 25 GB per file.",
            "In the free plan, the maximum upload size is 25 KB per file.",
            "In the free plan, the maximum upload size per file is 25 Mb.",
        ],
    ),
    (
        "Store the vaccine between 2 and 8 °C in the original carton.",
        [
            "Store the vaccine in the original carton at 2–8 °C.",
            "Store the vaccine in the original carton at 2 to 8 °C.",
        ],
        [
            "In the original carton, store the vaccine between 2 and 8 °F.",
            "Store the vaccine in the original carton between 2 and 8 °F.",
        ],
    ),
    (
        "The tower is 324 metres tall and was completed in 1889.",
        [
            "The tower is 324 m tall and was completed in 1889.",
            "Completed in 1889, the tower is 324 meters tall.",
        ],
        [
            "The tower was completed in 1889 and is 324 feet tall.",
            "Completed in 1889, the tower is 324 feet tall.",
        ],
    ),
    (
        "The car travels 120 km on a single charge of the battery.",
        [
            "On a single charge of the battery the car travels 120 kilometres.",
        ],
        [
            "On a single charge of the battery the car travels 120 miles.",
        ],
    ),
    (
        "The dose for children is 5 mg/kg per day.",
        [],
        [
            "For children, the dose per day is 5 mg/lb.",
            "For children, the dose per day is 5 mg/m2.",
        ],
    ),
    (
        "Employees with at least 5 years of service receive 30 days of leave.",
        [
            "Employees with 5 or more years of service receive 30 days of leave.",
            "Employees receive 30 days of leave with at least 5 years of service.",
        ],
        [
            "Employees with at most 5 years of service receive 30 days of leave.",
            "Employees with less than 5 years of service receive 30 days of leave.",
            "Employees with fewer than 5 years of service receive 30 days of leave.",
            "Employees with up to 5 years of service receive 30 days of leave.",
            "Employees with at least 30 years of service receive 5 days of leave.",
            "30 days of leave are for employees with no more than 5 years of service.",
        ],
    ),
    (
        "Claims over 500 euros need approval by a manager.",
        [
            "Claims above 500 euros need approval by a manager.",
            "Claims of more than 500 euros need approval by a manager.",
            "A manager must approve claims over 500 euros.",
        ],
        [
            "Claims under 500 euros need approval by a manager.",
            "Claims below 500 euros need approval by a manager.",
            "Claims up to 500 euros need approval by a manager.",
        ],
    ),
    (
        "Roughly half of the 400 patients recovered within two weeks.",
        [],
        [
            "All of the 400 patients recovered within two weeks.",
            "None of the 400 patients recovered within two weeks.",
            "Roughly a quarter of the 400 patients recovered within two weeks.",
            "Roughly 400 patients recovered within two weeks.",
        ],
    ),
    (
        "Some employees work from home on Fridays.",
        [],
        [
            "All employees work from home on Fridays.",
            "Most employees work from home on Fridays.",
            "No employees work from home on Fridays.",
            "Every employee works from home on Fridays.",
            "Employees always work from home on Fridays.",
        ],
    ),
    (
        "Members may cancel the contract within 14 days.",
        [
            "Members can cancel the contract within 14 days.",
            "The contract may be cancelled by members within 14 days.",
        ],
        [
            "Members must cancel the contract within 14 days.",
            "Members cannot cancel the contract within 14 days.",
            "Members may only cancel the contract after 14 days.",
            "Members may cancel the contract after 14 days.",
        ],
    ),
    (
        "The application should be submitted before 1 June 2024.",
        [],
        [
            "The application should be submitted after 1 June 2024.",
            "The application should be submitted by 1 July 2024.",
            "The application should be submitted before 6 January 2025.",
        ],
    ),
    (
        "Only managers can approve overtime.",
        [],
        [
            "Everyone can approve overtime.",
            "All employees can approve overtime.",
        ],
    ),
    (
        (
            "The study was conducted by Dr. Alice Brown in Berlin and reviewed by Dr. "
            "Carol White in Vienna."
        ),
        [
            (
                "The study was reviewed by Dr. Carol White in Vienna and conducted by "
                "Dr. Alice Brown in Berlin."
            ),
        ],
        [
            (
                "The study was conducted by Dr. Carol White in Berlin and reviewed by "
                "Dr. Alice Brown in Vienna."
            ),
        ],
    ),
    (
        "It is a myth that the Great Wall is visible from the Moon.",
        [],
        [
            "The Great Wall is visible from the Moon.",
        ],
    ),
    (
        "If the tenant pays late, the landlord may charge a fee of 50 euros.",
        [],
        [
            "The landlord may not charge a fee of 50 euros if the tenant pays late.",
        ],
    ),
    (
        "The company plans to open a plant in Ohio in 2026.",
        [],
        [
            "The company opened a plant in Ohio in 2026.",
            "The company plans to close a plant in Ohio in 2026.",
        ],
    ),
    (
        "| Party | Share (%) |\n|---|---|\n| Reds | 41 |\n| Blues | 35 |",
        [
            "The share of the Reds is 41 %.",
            "The Reds have a share of 41%.",
        ],
        [],
    ),
    (
        "The survey covered 41 towns and 300 villages.",
        [],
        [
            "The survey covered 41% of towns.",
            "The survey covered 300 percent of villages.",
        ],
    ),
    (
        "5% of the children had a fever after the second dose.",
        [],
        [
            "5 children had a fever after the second dose.",
        ],
    ),
    (
        "이 제품의 보증 기간은 2년이다.",
        [
            "이 제품의 보증 기간은 2년입니다.",
        ],
        [],
    ),
    (
        "환불은 14일 이내에 신청해야 한다.",
        [
            "환불은 14일 이내에 신청해야 합니다.",
        ],
        [],
    ),
    (
        "회의는 매주 월요일에 열린다.",
        [
            "회의는 매주 월요일에 열립니다.",
        ],
        [
            "회의는 매주 화요일에 열립니다.",
            "회의는 매주 월요일에 열리지 않습니다.",
        ],
    ),
    (
        "本社は東京にある。",
        [
            "本社は東京にあります。",
        ],
        [
            "本社は大阪にあります。",
            "本社は東京にありません。",
        ],
    ),
    (
        "会議は毎週月曜日に開かれる。",
        [
            "会議は毎週月曜日に開かれます。",
        ],
        [],
    ),
    (
        "保証期間は2年である。",
        [
            "保証期間は2年です。",
        ],
        [],
    ),
    (
        "The lease was signed on 5 March 2024 in Oslo.",
        [
            "The lease was signed on 5 March 2024 in Oslo.",
            "In Oslo the lease was signed on 2024-03-05.",
        ],
        [
            "The lease was signed on 6 March 2024 in Oslo.",
            "In Oslo the lease was signed on 5 April 2024.",
            "The lease was signed on 5 March 2023 in Oslo.",
        ],
    ),
    (
        "The lease was signed on March 5, 2024 in Oslo.",
        [
            "The lease was signed on 5 March 2024 in Oslo.",
            "In Oslo the lease was signed on 2024-03-05.",
        ],
        [
            "The lease was signed on 6 March 2024 in Oslo.",
            "In Oslo the lease was signed on 5 April 2024.",
            "The lease was signed on 5 March 2023 in Oslo.",
        ],
    ),
    (
        "The lease was signed on 2024-03-05 in Oslo.",
        [
            "The lease was signed on 5 March 2024 in Oslo.",
            "In Oslo the lease was signed on 2024-03-05.",
        ],
        [
            "The lease was signed on 6 March 2024 in Oslo.",
            "In Oslo the lease was signed on 5 April 2024.",
            "The lease was signed on 5 March 2023 in Oslo.",
        ],
    ),
    (
        "The lease was signed on 05.03.2024 in Oslo.",
        [
            "The lease was signed on 5 March 2024 in Oslo.",
            "In Oslo the lease was signed on 2024-03-05.",
        ],
        [
            "The lease was signed on 6 March 2024 in Oslo.",
            "In Oslo the lease was signed on 5 April 2024.",
            "The lease was signed on 5 March 2023 in Oslo.",
        ],
    ),
    (
        "The lease was signed on 5th of March, 2024 in Oslo.",
        [
            "The lease was signed on 5 March 2024 in Oslo.",
            "In Oslo the lease was signed on 2024-03-05.",
        ],
        [
            "The lease was signed on 6 March 2024 in Oslo.",
            "In Oslo the lease was signed on 5 April 2024.",
            "The lease was signed on 5 March 2023 in Oslo.",
        ],
    ),
    (
        "The lease was signed on 2024年3月5日 in Oslo.",
        [
            "The lease was signed on 5 March 2024 in Oslo.",
            "In Oslo the lease was signed on 2024-03-05.",
        ],
        [
            "The lease was signed on 6 March 2024 in Oslo.",
            "In Oslo the lease was signed on 5 April 2024.",
            "The lease was signed on 5 March 2023 in Oslo.",
        ],
    ),
    (
        "สัญญาสิ้นสุดวันที่ 5 มีนาคม 2567",
        [
            "สัญญาสิ้นสุดวันที่ 5 มีนาคม 2567",
        ],
        [],
    ),
    (
        "Hợp đồng kết thúc ngày 5 tháng 3 năm 2024.",
        [
            "Hợp đồng kết thúc ngày 05/03/2024.",
        ],
        [
            "Hợp đồng kết thúc ngày 3 tháng 5 năm 2024.",
        ],
    ),
    (
        "ينتهي العقد في ٥ مارس ٢٠٢٤.",
        [
            "ينتهي العقد في 5 مارس 2024.",
        ],
        [
            "ينتهي العقد في 6 مارس 2024.",
        ],
    ),
    (
        "The event runs from 3 to 5 May 2024 in Lyon.",
        [],
        [
            "The event runs from 5 to 8 May 2024 in Lyon.",
            "The event runs from 3 to 5 June 2024 in Lyon.",
        ],
    ),
    (
        "Louis XIV reigned for 72 years.",
        [
            "Louis XIV reigned for 72 years.",
            "Louis 14 reigned for 72 years.",
        ],
        [
            "Louis XVI reigned for 72 years.",
        ],
    ),
    (
        "The flat has 80 square metres and 3 rooms.",
        [
            "The flat has 80 m² and 3 rooms.",
            "The flat has 3 rooms and 80 m2.",
        ],
        [
            "The flat has 3 square metres and 80 rooms.",
            "The flat has 80 square feet and 3 rooms.",
        ],
    ),
    (
        "Hợp đồng được ký tại Hà Nội.",
        [
            "Hợp đồng được ký tại Hà Nội.",
        ],
        [],
    ),
    (
        "Hợp đồng co\u0301 thời hạn ba năm và được ky\u0301 tại Hà Nội.",
        [
            "Hợp đồng được ký tại Hà Nội.",
        ],
        [],
    ),
    (
        "Das Bundesausbildungsförderungsgesetz gilt seit 1971.",
        [
            "Seit 1971 gilt das Bundesausbildungsförderungsgesetz.",
        ],
        [],
    ),
    (
        "Şirketin merkezi İstanbul'dadır.",
        [],
        [
            "Şirketin merkezi Ankara'dadır.",
        ],
    ),
    (
        "ŞİRKETİN MERKEZİ İSTANBUL'DADIR.",
        [
            "Şirketin merkezi İstanbul'dadır.",
        ],
        [],
    ),
    (
        'The minister said: "We will never raise taxes."',
        [],
        [
            'The minister said: "We will raise taxes."',
        ],
    ),
    (
        'Smith wrote that "Jones denied the charge", according to the report.',
        [],
        [
            "Jones admitted the charge.",
        ],
    ),
    (
        "The ticket costs CHF 1'250.50 for members.",
        [
            "The ticket costs 1,250.50 francs for members.",
            "For members the ticket costs 1250.50 CHF.",
        ],
        [
            "The ticket costs EUR 1,250.50 for members.",
            "The ticket costs $1,250.50 for members.",
        ],
    ),
    (
        "The shop opens at 9:30 a.m. on Sundays.",
        [
            "On Sundays, the shop opens at 9:30 a.m.",
        ],
        [
            "On Sundays, the shop opens at 9:30 p.m.",
        ],
    ),
    (
        "Everest is the highest mountain on Earth at 8,849 metres.",
        [],
        [
            "Everest is the second highest mountain on Earth at 8,849 metres.",
            "Everest is the lowest mountain on Earth at 8,849 metres.",
        ],
    ),
]
SAID = [(passage, sentence) for passage, said, _ in CASES for sentence in said]
NOT_SAID = [(passage, sentence) for passage, _, not_said in CASES for sentence in not_said]


@pytest.mark.parametrize(("passage", "sentence"), SAID)
def test_the_same_claim_in_another_order_is_supported(passage: str, sentence: str) -> None:
    assert judge(sentence, passage).grade is Grade.SUPPORTED


@pytest.mark.parametrize(("passage", "sentence"), NOT_SAID)
def test_another_claim_in_the_same_words_is_not(passage: str, sentence: str) -> None:
    assert judge(sentence, passage).grade is not Grade.SUPPORTED
