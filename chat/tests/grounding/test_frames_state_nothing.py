"""Frames of an answer are not judged; statements are, whatever words they have."""

import pytest

from chat.tests.grounding.test_citing import PASSAGES
from chat.turns.citations import check

STATED = "Busan handled 24.4 million containers in 2024 [1]. The ferry leaves at seven [2]."

BEHIND = [
    "See [1] for details.",
    "For more information on the ferry, see [2].",
    "Please refer to [1].",
    "자세한 내용은 문서를 확인하세요 [1].",
    "Details can be found in [1], page 3.",
    "You can read more about this in [2].",
    "This is confirmed by [1].",
    "This information comes from [1] and [2].",
    "Both [1] and [2] contain the relevant information.",
    "Both figures are taken directly from the report [1].",
    "The documents do not say who runs the ferry [2].",
    "The passage [2] does not mention a price.",
    "No further details are given [1][2].",
    "The price is not mentioned [2].",
    "I hope this helps! [1]",
    "Let me know if you need more from [1].",
    "**Summary [1][2]**",
    "| Topic | Source |\n|-|-|\n| Containers | [1] |\n| Ferry | [2] |",
    "Weitere Informationen finden Sie in [1].",
    "Die Dokumente nennen keinen Preis [2].",
    "Voir [1] pour plus de détails.",
    "Les documents ne mentionnent pas de prix [2].",
    "Para más información, consulte [2].",
    "Los documentos no mencionan el precio [2].",
    "Подробнее см. [1].",
    "В документах не указана цена [2].",
    "Daha fazla bilgi için [1] bakınız.",
    "자세한 내용은 [1]을 참고하세요.",
    "문서에는 요금에 대한 언급이 없습니다 [2].",
    "詳細は[1]を参照してください。",
    "文書には料金の記載がありません[2]。",
    "更多信息请参阅[1]。",
    "文档中没有提到价格[2]。",
]
BEFORE = [
    "Here is what the documents say [1][2]:\n\n",
    "Based on the documents [1][2], here are the answers:\n\n",
    "According to the provided sources [1][2]:\n",
    "To answer your question [1]: ",
    "Sure! Here's the answer [1].\n\n",
    "## Containers [1]\n",
    "## Containers and ferries [1][2]\n",
    "**Containers** [1]\n\n",
    "1. **Containers** [1]\n",
    "다음은 문서의 내용입니다 [1][2]:\n\n",
    "以下は文書の内容です[1][2]：\n\n",
]
FALSE = [
    "According to the documents, Busan handled 31 million containers in 2024 [1].",
    "See [2]: the ferry to Jeju leaves every morning at nine.",
    "The documents do not mention a price, but the ferry to Jeju leaves every morning [2].",
    "The documents say that the ferry to Jeju leaves every morning at nine [2].",
    # Advice, which states something, begins as pointers do.
    "Check the eastern pier for the ferry to Jeju each morning [2].",
    "Consultez un médecin chaque matin avant le ferry [2].",
    "매일 아침 동쪽 부두의 압력을 확인하세요 [2].",
    "No information is shared with third parties [1].",
    "It is not available [1].",
    "## The ferry leaves at 9 [2]",
    "| Containers | 31 million | [1] |",
    "문서에 따르면 부산항은 3,100만 개를 처리했습니다 [1].",
]


@pytest.mark.parametrize(
    "answer", [f"{STATED} {text}" for text in BEHIND] + [f"{text}{STATED}" for text in BEFORE]
)
def test_what_speaks_of_sources_leaves_the_grades_as_they_are(answer: str) -> None:
    graded = [(each.n, each.support) for each in check(answer, PASSAGES).citations]
    assert graded == [(1, "supported"), (2, "supported")]


@pytest.mark.parametrize("text", FALSE)
def test_what_states_something_false_is_found_among_such_words(text: str) -> None:
    graded = {each.n: each.support for each in check(f"{STATED}\n\n{text}", PASSAGES).citations}
    assert "supported" in graded.values()
    assert set(graded.values()) & {"unsupported", "weak"}


def test_a_passage_that_is_only_pointed_at_has_no_grade() -> None:
    answer = "Busan handled 24.4 million containers in 2024 [1]. For the ferry, see [2]."
    graded = [(each.n, each.support) for each in check(answer, PASSAGES).citations]
    assert graded == [(1, "supported"), (2, "")]


def test_sources_that_only_a_list_names_are_graded_by_the_whole_answer() -> None:
    answer = (
        "Busan handled 24.4 million containers in 2024.\n\nSources:\n- [1] Report\n- [2] Report"
    )
    checked = check(answer, PASSAGES)
    assert [(each.n, each.support) for each in checked.citations] == [
        (1, "supported"),
        (2, "unsupported"),
    ]
    assert checked.grounded is True
