"""Filters by metadata: what they find, what they refuse, and that they are looked at in the SQL."""

import json
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from accounts.models import User
from aiapp.db import in_db
from aiapp.errors import InvalidInput
from documents.access import default_collection
from documents.langchain import CollectionRetriever
from documents.metadata import check, parse_condition
from documents.metadata.conditions import MAX_NESTING, MAX_PARTS
from documents.metadata.lines import parse_lines, write_lines
from documents.metadata.values import MAX_BYTES, MAX_DEPTH
from documents.models import Document
from documents.search import Filters, dense, search
from documents.spaces.spaces import active_space
from documents.spaces.storing import store_vectors
from documents.tests.fake_embeddings import DIMENSION
from documents.tests.library import ready_document

EASTERN = "2024-05-01T01:00:00+09:00"
# What people and programs keep: types mixed under one name, dates in several forms.
KEPT: dict[str, dict[str, Any]] = {
    "bare": {},
    "ann": {"author": "Ann", "year": 2020, "labels": ["draft", "legal"], "date": "2024-05-01"},
    "bob": {
        "author": "Bob",
        "year": 2021.5,
        "labels": "final",
        "date": "2024-05-01T01:00:00+09:00",
    },
    "odd": {"author": None, "year": "2020", "labels": [], "date": "soon", "n": {"deep": {"x": 1}}},
    "new": {"year": -3, "date": "2024-05-02T00:00:00.5Z", "open": True, 'a "q" $.b': "\\'\"%s"},
    "list": {"year": [1999, 2022], "n": [{"deep": {"x": 2}}], "open": False},
}
EVERYTHING = set(KEPT)


@pytest.fixture
def keepers(alice: User, storage) -> None:
    for name, metadata in KEPT.items():
        document = ready_document(alice, [f"A rule of {name}."], title=name)
        Document.objects.filter(pk=document.pk).update(metadata=metadata)


def find(raw: object) -> set[str]:
    return set(
        Filters(metadata=parse_condition(raw))
        .apply(Document.objects.all())
        .values_list("title", flat=True)
    )


# What is asked for, and the names of what is found.
ASKED: list[tuple[dict[str, Any], set[str]]] = [
    ({}, EVERYTHING),
    ({"author": "Ann"}, {"ann"}),
    ({"author": {"$eq": "Ann"}}, {"ann"}),
    ({"author": "ann"}, set()),
    ({"author": None}, {"odd"}),
    ({"author": {"$ne": "Ann"}}, EVERYTHING - {"ann"}),
    ({"author": {"$in": ["Ann", "Bob", 7]}}, {"ann", "bob"}),
    ({"author": {"$in": []}}, set()),
    ({"author": {"$nin": ["Ann", "Bob"]}}, EVERYTHING - {"ann", "bob"}),
    ({"author": {"$exists": True}}, {"ann", "bob", "odd"}),
    ({"author": {"$exists": False}}, {"bare", "new", "list"}),
    # A value of a list is a value of the name.
    ({"labels": "draft"}, {"ann"}),
    ({"labels": "final"}, {"bob"}),
    ({"labels": ["legal", "draft"]}, {"ann"}),
    ({"labels": ["legal", "final"]}, set()),
    ({"labels": {"$ne": "draft"}}, EVERYTHING - {"ann"}),
    # Numbers as numbers; a text that looks like one is none.
    ({"year": 2020}, {"ann"}),
    ({"year": 2020.0}, {"ann"}),
    ({"year": "2020"}, {"odd"}),
    ({"year": {"$gte": 2020}}, {"ann", "bob", "list"}),
    # Of a list one value may be greater, and another less.
    ({"year": {"$gt": 2020, "$lt": 2022}}, {"bob", "list"}),
    ({"year": {"$lt": 0}}, {"new"}),
    ({"year": -3}, {"new"}),
    ({"year": {"$lte": 1e300}}, {"ann", "bob", "new", "list"}),
    ({"year": {"$not": {"$gte": 2020}}}, {"bare", "odd", "new"}),
    # Dates as moments: Bob's is of April in UTC.
    ({"date": {"$gte": "2024-05-01"}}, {"ann", "new"}),
    ({"date": {"$lt": "2024-05-01"}}, {"bob"}),
    ({"date": {"$gt": "2024-05-02T00:00:00Z"}}, {"new"}),
    ({"date": {"$not": {"$gte": "2024-05-01"}}}, EVERYTHING - {"ann", "new"}),
    # What is no date is compared as text.
    ({"date": {"$gt": "so"}}, {"odd"}),
    ({"open": True}, {"new"}),
    ({"open": {"$ne": True}}, EVERYTHING - {"new"}),
    ({"n": {"deep": {"x": 1}}}, {"odd"}),
    ({"n": {"deep": {"x": {"$gte": 1}}}}, {"odd", "list"}),
    ({"n": {"$exists": True}, "open": False}, {"list"}),
    ({"$and": [{"year": 2020}, {"labels": "draft"}]}, {"ann"}),
    ({"$or": [{"author": "Ann"}, {"open": True}]}, {"ann", "new"}),
    ({"$not": {"$or": [{"author": "Ann"}, {"open": True}]}}, EVERYTHING - {"ann", "new"}),
    ({"$not": {"year": 2020, "author": "Bob"}}, EVERYTHING),
    ({"$not": {"$not": {"author": "Ann"}}}, {"ann"}),
    ({'a "q" $.b': "\\'\"%s"}, {"new"}),
    ({"author": '" || 1 == 1 || "'}, set()),
    ({'x" ? (1 == 1) || $."author': "Ann"}, set()),
    ({"author": "'; DROP TABLE documents_document; --"}, set()),
]


@pytest.mark.django_db
def test_a_filter_finds_what_it_says_and_its_opposite_the_rest(keepers):
    wrong = [(asked, find(asked)) for asked, expected in ASKED if find(asked) != expected]
    assert wrong == []
    opposites = [({"$not": asked}, EVERYTHING - expected) for asked, expected in ASKED if asked]
    assert [asked for asked, expected in opposites if find(asked) != expected] == []


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ([], "A filter is an object"),
        ("author", "A filter is an object"),
        ({"year": {"gte": 2022}}, "write $gte for the operator gte"),
        ({"year": {"$above": 2022}}, "year: $above is not one of $eq"),
        ({"$nor": []}, "$nor is not one of $and"),
        ({"$and": []}, "$and takes a list of filters"),
        ({"$or": {"a": 1}}, "$or takes a list of filters"),
        ({"$or": [1]}, "each an object"),
        ({"$not": 1}, "$not takes an object"),
        ({"a": {"$not": 1}}, "a: $not takes an object"),
        ({"a": {}}, "a: an empty object asks for nothing"),
        ({"a": []}, "a: an empty list asks for nothing"),
        ({"a": {"$in": "x"}}, "a: $in takes a list"),
        ({"a": {"$gte": True}}, "a: $gte takes a number, a date or a text"),
        ({"a": {"$lt": None}}, "a: $lt takes a number"),
        ({"a": {"$eq": {"b": 1}}}, "a is compared with a text"),
        ({"a": {"$exists": 1}}, "a: $exists takes true or false"),
        ({"a": float("nan")}, "a is compared with a text, a number"),
        ({"a": "x\x00"}, "a text has at most"),
        ({"a": "\ud800"}, "a text has at most"),
        ({"a\n": 1}, "is one line of text"),
        ({"": 1}, "A name in metadata has 1 to"),
        ({"a": {"$in": list(range(MAX_PARTS))}}, f"more than {MAX_PARTS} conditions"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_with_the_reason(asked, reason):
    with pytest.raises(InvalidInput) as refused:
        parse_condition(asked)
    assert reason in refused.value.message
    assert refused.value.reason in {"bad_filter", "bad_metadata"}


# What means something in a path, in JSON, in SQL or in a date, and what nobody sees.
SIGNS = "ab\"\\'$.@?()[]{}*/%:;,!&|<>= \t\n\x01\x7f\u2028é🦉#-+eT0123u"
TEXTS = st.text(SIGNS, min_size=1, max_size=8) | st.sampled_from(
    ["2024-02-30", "0001-01-01", "9999-12-31T23:59:59.999999+14:00", "2024-01-01T24:00:00"]
)
VALUES = TEXTS | st.integers(-(10**20), 10**20) | st.floats(-1e290, 1e290) | st.booleans()
ONE = st.sampled_from(["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"])
CONDITIONS = st.dictionaries(ONE, VALUES, min_size=1, max_size=2) | st.dictionaries(
    st.sampled_from(["$in", "$nin"]), st.lists(VALUES, max_size=3), min_size=1
)


@pytest.mark.django_db
@seed(20261130)
@settings(max_examples=400, deadline=None, database=None, suppress_health_check=[*HealthCheck])
@given(
    names=st.lists(TEXTS, min_size=1, max_size=3),
    values=st.lists(VALUES, min_size=3, max_size=3),
    conditions=st.lists(CONDITIONS | VALUES, min_size=3, max_size=3),
)
def test_whatever_a_filter_names_it_holds_or_its_opposite_does(names, values, conditions):
    metadata = dict(zip(names, values, strict=False))
    asked = {"$or": [{name: each} for name, each in zip(names, conditions, strict=False)]}
    try:
        check(metadata)
        parts = [parse_condition(asked), parse_condition({"$not": asked})]
    except InvalidInput:
        return
    answers = []
    for part in parts:
        assert part is not None
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT jsonb_path_match_tz(kept, %s::jsonpath, '{}', true), kept @@ %s::jsonpath"
                " FROM (SELECT %s::jsonb AS kept) one",
                [part.path, part.indexed, json.dumps(metadata)],
            )
            answers.append(cursor.fetchone())
    (holds, may_hold), (holds_not, may_hold_not) = answers
    assert holds is (not holds_not)
    # What the index leaves out does not hold.
    assert may_hold or not holds
    assert may_hold_not or not holds_not


def test_a_filter_has_a_bound_in_depth():
    asked: dict[str, Any] = {"a": 1}
    for _ in range(MAX_NESTING - 1):
        asked = {"$not": asked}
    assert parse_condition(asked)
    with pytest.raises(InvalidInput, match="levels deep"):
        parse_condition({"$and": [asked]})
    for _ in range(5_000):
        asked = {"$not": asked}
    with pytest.raises(InvalidInput, match="levels deep"):
        parse_condition(asked)


@pytest.mark.django_db
def test_equal_values_are_looked_up_in_the_index(alice, storage):
    home = default_collection(alice)
    Document.objects.bulk_create(
        Document(collection=home, title=f"{n}", metadata={"case": n, "date": "2024-05-01"})
        for n in range(300)
    )
    condition = parse_condition({"case": 7, "date": {"$gte": "2024-01-01"}})
    found = Filters(metadata=condition).apply(Document.objects.order_by())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        assert "document_metadata" in found.explain()
        assert list(found.values_list("title", flat=True)) == ["7"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("exact", [0, 10_000])
async def test_a_filter_finds_what_is_far_behind_all_others(
    alice, storage, fake, monkeypatch, exact
):
    """Cut off after the search, it would have left nothing of the nearest hundred."""
    monkeypatch.setattr(dense, "EXACT_CHUNKS", exact)

    def fill() -> None:
        near = ready_document(alice, [f"Rule {n}." for n in range(600)], title="near")
        far = ready_document(alice, ["A rule of another kind."], title="far")
        Document.objects.filter(pk=far.pk).update(metadata={"kind": "rare"})
        for document, place in ((near, 0.0), (far, 1.0)):
            ids = list(document.current.chunks.values_list("pk", flat=True))
            vectors = [[1.0, place, n / 10_000, *[0.0] * (DIMENSION - 3)] for n in range(len(ids))]
            store_vectors(active_space(), ids, vectors)

    await in_db(fill)
    condition = parse_condition({"kind": "rare"})
    for mode in ("dense", "lexical", "hybrid"):
        found = await search(alice, "rule", 5, mode=mode, filters=Filters(metadata=condition))
        assert [passage.title for passage in found.passages] == ["far"], mode
    nothing = Filters(metadata=parse_condition({"kind": "none"}))
    assert (await search(alice, "rule", filters=nothing)).passages == []


@pytest.mark.django_db(transaction=True)
async def test_a_filter_opens_nothing_that_may_not_be_read(alice, bob, storage, fake):
    def fill() -> None:
        hidden = ready_document(bob, ["A rule."], title="hidden", collection=None)
        Document.objects.filter(pk=hidden.pk).update(metadata={"kind": "secret"})
        ready_document(alice, ["A rule."], title="own")

    await in_db(fill)
    asked: Any = {"$or": [{"kind": "secret"}, {"kind": {"$exists": False}}]}
    filters = Filters(metadata=parse_condition(asked))
    found = await search(alice, "rule", filters=filters)
    assert [passage.title for passage in found.passages] == ["own"]
    retriever = CollectionRetriever(user=alice, filter=asked)
    assert [each.metadata["title"] for each in await retriever.ainvoke("rule")] == ["own"]


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"author": "Ann", "year": 2024, "labels": ["a", 1, None, True], "n": {"x": {"y": 1.5}}},
        {"Überschrift 1": "가나다", "a.b": "x\ny", "emoji": "🦉", "text": "12"},
    ],
)
def test_metadata_are_kept_as_they_are(metadata):
    assert check(metadata) == metadata
    assert parse_lines(write_lines(metadata)) == metadata


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ([1], "must be an object"),
        ({1: "a"}, "A name in metadata has"),
        ({"$gte": 1}, "does not begin with $"),
        ({"a": {"$or": 1}}, "does not begin with $"),
        ({"a": float("inf")}, "a must be a text, a number"),
        ({"a": 10**400}, "a must be a text, a number"),
        ({"a": b"x"}, "a must be a text, a number"),
        ({"a": ["x\x00"]}, "characters that cannot be stored"),
        ({"a": "\udc80"}, "characters that cannot be stored"),
        ({"a" * 101: 1}, "A name in metadata has"),
        ({"a": "x" * MAX_BYTES}, "at most 32 KB"),
        ({"a": [[[[[1]]]]]}, f"at most {MAX_DEPTH} levels"),
        ({"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}, f"at most {MAX_DEPTH} levels"),
    ],
)
def test_metadata_that_cannot_be_kept_are_refused_with_the_reason(metadata, reason):
    with pytest.raises(InvalidInput) as refused:
        check(metadata)
    assert reason in refused.value.message


@pytest.mark.parametrize(
    ("text", "metadata"),
    [
        ("", {}),
        ("author: Ann\n\n year : 2024 \r\nurl: https://example.org", {
            "author": "Ann", "year": 2024, "url": "https://example.org",
        }),
        ('labels: ["a", "b"]\nopen: true\nnote:', {"labels": ["a", "b"], "open": True, "note": ""}),
        ('{"a": {"b": [1]}}', {"a": {"b": [1]}}),
    ],
)  # fmt: skip
def test_people_write_a_line_for_each(text, metadata):
    assert parse_lines(text) == metadata


@pytest.mark.parametrize("text", ["author", ": Ann", "{", '{"a": NaN}', "$x: 1", "{" * 30_000])
def test_lines_that_say_nothing_are_refused(text):
    with pytest.raises(InvalidInput):
        parse_lines(text)
