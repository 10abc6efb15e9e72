"""A collection's settings of cutting and searching."""

import pytest

from aiapp.errors import InvalidInput
from documents.models import Collection
from documents.models.tuning import DEFAULT, Tuning


def test_a_collection_without_settings_has_the_defaults() -> None:
    assert Tuning.of(Collection()) == DEFAULT


def test_only_what_differs_is_kept() -> None:
    tuning = Tuning.read({"dense_weight": 0.2, "passages": DEFAULT.passages})
    assert tuning.as_dict() == {"dense_weight": 0.2}
    assert Tuning.of(Collection(tuning=tuning.as_dict())) == tuning


def test_a_setting_of_another_release_is_left_alone() -> None:
    assert Tuning.of(Collection(tuning={"shoe_size": 9, "neighbours": 1})) == Tuning(neighbours=1)


@pytest.mark.parametrize(
    ("values", "field", "reason"),
    [
        ({"shoe_size": 9}, "shoe_size", "there is no such setting"),
        ({"dense_weight": 1.5}, "dense_weight", "between 0 and 1"),
        ({"dense_weight": float("nan")}, "dense_weight", "between 0 and 1"),
        ({"dense_weight": "much"}, "dense_weight", "a number is wanted"),
        ({"passages": 2.5}, "passages", "a whole number is wanted"),
        ({"neighbours": True}, "neighbours", "a whole number is wanted"),
    ],
)
def test_what_is_not_valid_is_named(values: dict[str, object], field: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        Tuning.read(values)
    assert raised.value.data["fields"] == [{"field": field, "reason": reason}]
