"""A model that calls tools finds out what tables there are, asks them by SQL, and cites rows."""

import re
from decimal import Decimal
from functools import partial

import pytest

from accounts.models import User
from aiapp.db import in_db
from chat.conversations import exporting, sharing, withholding
from chat.log.events import Kind
from chat.models import Call, Citation, Turn
from chat.tests.conftest import entries, reload_turn, text_of
from chat.tests.scripted_model import results, script_model
from chat.tests.tools.test_tools import ask, events
from chat.tools import registry, tables
from chat.tools.base import Caller
from documents.files.deletion import remove
from documents.metadata import parse_condition
from documents.models import Collection, CollectionShare, Document
from documents.search import Filters
from documents.tests.library import ready_document, table_document
from documents.tests.parsing.office import tabular_files

SALES = tabular_files.sales(1_200)
TOTAL = sum((sale.amount for sale in SALES), Decimal(0))
TOLD = f"{TOTAL.normalize():f}"
CELL = "SELECT ('cell ' || sum(amount_usd))::INTEGER FROM sales"
SUM = "SELECT sum(amount_usd) AS total FROM sales"


@pytest.fixture
def sales(alice: User, settings, tmp_path, embeddings) -> Document:
    settings.MEDIA_ROOT = tmp_path
    return table_document(alice, "Sales.csv", tabular_files.american_csv(SALES))


async def test_only_tables_within_a_filter_by_metadata_are_listed_and_asked(
    alice: User, sales: Document
) -> None:
    await in_db(Document.objects.filter(pk=sales.pk).update, metadata={"year": 2024})
    for year, is_listed in ((2024, True), (2023, False)):
        filters = Filters(metadata=parse_condition({"year": year}))
        caller = Caller(alice, filters=filters)
        listed = await tables.list_tables(caller, tables.ListArguments())
        assert ("Table sales" in listed.text) is is_listed
    assert (await tables.query_table(caller, tables.QueryArguments(sql=SUM))).failed


async def test_the_sum_of_all_amounts_is_right_and_cited(alice: User, sales: Document, settings):
    def plan(body):
        told = results(body)
        if not told:
            return [("list_tables", {})]
        if len(told) == 1:
            assert "Table sales: 'Sales.csv'" in told[0]
            assert "1,200 rows" in told[0]
            assert "- amount_usd DECIMAL(18,2) ('Amount (USD)' in the file; in $)" in told[0]
            assert "00001" in told[0]
            assert "rows of totals are left out: row 1205" in told[0]
            return [("query_table", {"sql": SUM})]
        assert f"| {TOLD} |" in told[1]
        number = told[1].partition("[")[2].partition("]")[0]
        return f"The sum of all amounts is ${TOTAL:,} [{number}]."

    async with script_model(settings, plan):
        accepted = await ask(alice, "What is the sum of all amounts?", collections=None)
        found = await entries(accepted.turn)
    turn = await reload_turn(accepted.turn)
    assert (turn.state, turn.grounded) == (Turn.State.DONE, True)
    assert f"{TOTAL:,}" in text_of(found)
    [cited] = found[-1].data["citations"]
    assert (cited["title"], cited["support"]) == ("Sales.csv", "supported")
    assert SUM in cited["quote"]
    assert f"| {TOLD} |" in cited["quote"]
    assert "all 1,200 rows (5 to 1,204 of the file)" in cited["quote"]
    calls = await in_db(lambda: list(turn.message.calls.values_list("name", "state", "result")))
    assert [(name, state) for name, state, _ in calls] == [
        ("list_tables", "done"), ("query_table", "done"),
    ]  # fmt: skip
    # Rows are their document's: kept as the citation, which is withheld with it, and nowhere else.
    assert TOLD not in str([result for *_, result in calls])
    assert calls[1][2].startswith("1 row\n[")


async def test_a_wrong_statement_is_mended(alice: User, sales: Document, settings):
    def plan(body):
        match results(body):
            case []:
                return [("query_table", {"sql": "SELECT sum(amount) FROM sales"})]
            case [wrong]:
                assert "Candidate bindings" in wrong
                assert "amount_usd" in wrong
                return [("query_table", {"sql": CELL})]
            case [_, wrong]:
                assert f"cell {TOLD}" in wrong
                return [("query_table", {"sql": SUM})]
            case [_, _, right]:
                assert TOLD in right
        return "Done."

    async with script_model(settings, plan):
        found = await entries((await ask(alice, collections=None)).turn)
    told = events(found, Kind.TOOL_RESULT)
    assert [each.get("failed", False) for each in told] == [True, True, False]
    # What a failure quotes of a document outlives the access to it no more than rows do.
    assert TOLD not in str(told)
    assert "Candidate" not in str(told)


async def test_hostile_statements_are_refused_in_a_turn(alice: User, sales: Document, settings):
    statements = (
        "SELECT * FROM read_csv('/etc/passwd'), sales",
        "COPY sales TO '/tmp/stolen'",
        "INSTALL httpfs; LOAD httpfs; SELECT * FROM sales",
    )

    def plan(body):
        if not results(body):
            return [("query_table", {"sql": sql}) for sql in statements]
        assert "root:" not in str(results(body))
        return "No."

    async with script_model(settings, plan):
        found = await entries((await ask(alice, collections=None)).turn)
    told = events(found, Kind.TOOL_RESULT)
    assert all(each["failed"] for each in told)
    assert len(told) == 3


async def test_tools_of_tables_are_offered_where_there_are_tables(
    alice: User, bob: User, sales: Document, settings
):
    await in_db(ready_document, bob)

    def list_offered(body):
        return {tool["function"]["name"] for tool in body.get("tools", [])} & {
            "list_tables", "query_table",
        }  # fmt: skip

    async with script_model(settings, lambda body: "Hello.") as model:
        await entries((await ask(alice, "a", collections=None)).turn)
        await entries((await ask(alice, "b")).turn)
        await entries((await ask(alice, "c", collections=None, documents=[sales.pk])).turn)
        await entries((await ask(bob, "d", collections=None)).turn)
        await entries((await ask(bob, "e", collections=None, tools=["query_table"])).turn)
    both = {"list_tables", "query_table"}
    assert [list_offered(body) for body in model.requests] == [both, set(), both, set(), set()]
    assert both <= set(registry.find_available())


async def test_rows_are_withheld_when_their_document_is(
    alice: User, bob: User, sales: Document, settings
):
    collection = await in_db(Collection.objects.get, pk=sales.collection_id)
    share = await in_db(CollectionShare.objects.create, collection=collection, user=bob)

    def plan(body):
        if not results(body):
            return [("query_table", {"sql": SUM})]
        number = results(body)[0].partition("[")[2].partition("]")[0]
        return f"The total is {TOLD} [{number}]."

    async with script_model(settings, plan):
        accepted = await ask(bob, "The total?", collections=[collection.pk])
        await entries(accepted.turn)
    message = (await reload_turn(accepted.turn)).message

    def read():
        citations = list(Citation.objects.filter(message=message).select_related("version"))
        withholding.withhold_citations(bob, citations)
        return " ".join(each.quote for each in citations)

    assert TOLD in await in_db(read)
    await in_db(share.delete)
    assert TOLD not in await in_db(read)
    assert TOLD not in (await in_db(Call.objects.get, message=message)).result


@pytest.mark.parametrize("how", ["not shared any more", "deleted"])
async def test_joined_rows_are_withheld_when_one_of_their_documents_is(
    alice: User, bob: User, sales: Document, settings, how: str
):
    """The citation of one's own table may quote another's words."""
    regions = await in_db(table_document, bob, "Owners.csv", b"name,region\nMine,North\n")
    share = await in_db(CollectionShare.objects.create, collection_id=sales.collection_id, user=bob)
    sql = "SELECT owners.name, sum(sales.amount_usd) AS total FROM owners, sales GROUP BY 1"

    def plan(body):
        if not results(body):
            return [("query_table", {"sql": sql})]
        numbers = re.findall(r"\[(\d+)\] Owners", results(body)[0])
        return f"The total is {TOLD} [{numbers[0]}]." if numbers else results(body)[0]

    async with script_model(settings, plan):
        accepted = await ask(bob, "The total?", collections=None)
        found = await entries(accepted.turn)
    message = (await reload_turn(accepted.turn)).message
    chat = await in_db(lambda: message.conversation)
    link = await in_db(partial(sharing.share, bob, chat, audience="members", with_sources=True))

    async def read_all() -> list[str]:
        """Everything that tells bob, or whom he showed it, what the answer quoted."""
        shown = await in_db(sharing.open_share, sharing.get_token(link), alice)
        events = await entries(accepted.turn)
        return [
            str((await in_db(exporting.export_json, chat))["messages"][-1]["citations"]),
            str([entry.data for entry in events if entry.kind == Kind.CITATION]),
            str(events[-1].data["citations"]),
            str(shown.messages[-1]["citations"]),
        ]

    [cited] = [entry.data for entry in found if entry.kind == Kind.CITATION]
    assert cited["document"] == str(regions.pk)
    assert all(TOLD in text for text in await read_all())
    await in_db(share.delete if how == "not shared any more" else partial(remove, sales))
    assert not any(TOLD in text or "Sales" in text for text in await read_all())
