"""A sentence may list rows of a table: each is compared with its own."""

import pytest

from chat.grounding.grade import Grade, judge

TOWNS = (
    "Table 3: towns of the county\n\n| Town | Residents | Area |\n|---|---|---|\n"
    "| Marlow | 48,300 | 12.5 |\n| Tessin | 17,950 | 8.1 |\n| Orlo | 9,120 | 30 |\n"
    "| Vanto | 5,400 | 2 |"
)
YEARS = "| Year | Revenue |\n|---|---|\n| 2021 | 5.2 |\n| 2022 | 7.1 |\n| 2023 | 9.9 |"
SALES = (
    "| City | Year | Sales |\n|---|---|---|\n| Seoul | 2021 | 5 |\n| Seoul | 2022 | 7 |\n"
    "| Busan | 2021 | 3 |\n| Busan | 2022 | 4 |\n| Daegu | 2022 | 8 |"
)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (TOWNS, "Marlow has 48,300 residents, Tessin 17,950 and Orlo 9,120."),
        (TOWNS, "Marlow (48,300), Tessin (17,950) and Orlo (9,120) have the most residents."),
        (TOWNS, "Three towns have residents: Marlow 48,300, Tessin 17,950 and Orlo 9,120."),
        (TOWNS, "Marlow, Tessin and Orlo have 48,300, 17,950 and 9,120 residents respectively."),
        (TOWNS, "Marlow and Tessin have 48,300 and 17,950 residents."),
        (TOWNS, "The area is 12.5 for Marlow, 8.1 for Tessin, 30 for Orlo, and 2 for Vanto."),
        (TOWNS, "48,300 residents live in Marlow, 17,950 in Tessin."),
        (TOWNS, "Marlow has 48,300 residents, more than the 17,950 of Tessin and 9,120 of Orlo."),
        (YEARS, "Revenue was 5.2 in 2021, 7.1 in 2022 and 9.9 in 2023."),
        (YEARS, "Revenue rose from 5.2 in 2021 to 7.1 in 2022 and 9.9 in 2023."),
        (SALES, "Seoul had sales of 5 in 2021 and 7 in 2022, Busan 3 in 2021 and 4 in 2022."),
    ],
)
def test_rows_that_are_listed_rightly_support_a_sentence(table: str, sentence: str) -> None:
    assert judge(sentence, table).grade is Grade.SUPPORTED


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (TOWNS, "Marlow has 17,950 residents, Tessin 48,300 and Orlo 9,120."),
        (TOWNS, "Marlow has 17,950 residents and Tessin 48,300."),
        (TOWNS, "Tessin has 9,120 residents and Orlo has 17,950 residents."),
        (TOWNS, "Marlow, Tessin and Orlo have 17,950, 48,300 and 9,120 residents respectively."),
        (TOWNS, "Five towns have residents: Marlow 48,300, Tessin 17,950 and Orlo 9,120."),
        (TOWNS, "Marlow has 48,300 residents, Tessin 17,950 and Bergen 9,120."),
        (TOWNS, "Marlow has 48,300 residents, Tessin 17,951 and Orlo 9,120."),
        (YEARS, "Revenue was 7.1 in 2021, 5.2 in 2022 and 9.9 in 2023."),
        (SALES, "Seoul had sales of 3 in 2021 and 4 in 2022, Busan 5 in 2021 and 7 in 2022."),
        (SALES, "Seoul had sales of 5 in 2021 and 8 in 2022."),
        (TOWNS, "Marlow does not have 48,300 residents."),
        (TOWNS, "Marlow does not have 48,300 residents, Tessin 17,950 and Orlo 9,120."),
    ],
)
def test_a_number_of_another_row_supports_none(table: str, sentence: str) -> None:
    assert judge(sentence, table).grade is Grade.UNSUPPORTED


def test_what_a_table_does_not_say_is_not_supported_by_its_rows() -> None:
    sentence = "Marlow has 48,300 horses, Tessin 17,950 cows and Orlo 9,120 sheep on its hills."
    assert judge(sentence, TOWNS).grade is not Grade.SUPPORTED


@pytest.mark.parametrize(
    ("passage", "sentence"),
    [
        ("The company has 1,500 employees in Seoul.",
         "The company does not have 1,500 employees in Seoul."),
        ("The fee is 12.5 percent.", "The fee is not 12.5 percent."),
        ("It costs 3.5 euros a day.", "It doesn't cost 3.5 euros a day."),
    ],
)  # fmt: skip
def test_a_point_within_a_number_does_not_end_what_is_denied(passage: str, sentence: str) -> None:
    assert judge(sentence, passage).grade is Grade.UNSUPPORTED


def test_what_denies_a_number_alone_denies_nothing_else() -> None:
    passage = "It was not 1,500 but 1,600 people who came."
    assert judge("1,600 people came, not 1,500.", passage).grade is Grade.SUPPORTED
