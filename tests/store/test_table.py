"""Our tables beside stock TinyDB's: the same verbs, the same results; and what is ours alone."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tinydb import TinyDB, where
from tinydb.operations import increment
from tinydb.queries import QueryLike
from tinydb.storages import MemoryStorage
from tinydb.table import Document, Table

from store.database import Database
from store.index import Indexes

INDEXES: Indexes = {
    "t": {
        "tag": lambda document: [(tag, "") for tag in document.get("tags", ())],
        "n": lambda document: [("n", f"{document['n']:09}")],
    }
}
DOCUMENTS = st.fixed_dictionaries(
    {"n": st.integers(0, 3)},
    optional={
        "s": st.text(max_size=3),
        "tags": st.lists(st.sampled_from("abc"), max_size=2),
        "in": st.fixed_dictionaries({"x": st.none() | st.booleans()}),
    },
)
QUERIES = st.sampled_from(
    [
        where("n") == 1,
        where("n") > 1,
        where("s").exists(),
        ~where("tags").any(["a"]),
        where("in").x == True,  # noqa: E712 - a TinyDB query
        ((where("n") == 2) | (where("n") == 3)) & where("s").exists(),
        where("n") == 99,
    ]
)
CHANGES = DOCUMENTS | st.just(increment("n"))
IDS = st.lists(st.integers(1, 12), max_size=3, unique=True)


class Parity(RuleBasedStateMachine):
    """Random verbs on both; stock is given a fresh table each time, as a program that just opened the file has."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.database = Database(Path(self.folder.name) / "parity.db", indexes=INDEXES)
        self.memory = TinyDB(storage=MemoryStorage)

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    def same(self, act: Callable[[Table], Any]) -> None:
        ours, stock = act(self.database.table("t")), act(Table(self.memory.storage, "t"))
        assert (ours, _ids(ours)) == (stock, _ids(stock))

    @rule(document=DOCUMENTS)
    def insert(self, document: dict[str, Any]) -> None:
        self.same(lambda table: table.insert(document))

    @rule(documents=st.lists(DOCUMENTS, max_size=3))
    def insert_multiple(self, documents: list[dict[str, Any]]) -> None:
        self.same(lambda table: table.insert_multiple(documents))

    @rule(document=DOCUMENTS, ahead=st.integers(1, 3))
    def insert_with_an_id(self, document: dict[str, Any], ahead: int) -> None:
        highest = max((each.doc_id for each in self.database.table("t")), default=0)
        self.same(lambda table: table.insert(Document(document, highest + ahead)))

    @rule(change=CHANGES, query=QUERIES)
    def update(self, change: Any, query: QueryLike) -> None:
        self.same(lambda table: table.update(change, query))

    @rule(change=CHANGES, ids=IDS)
    def update_by_ids(self, change: Any, ids: list[int]) -> None:
        self.same(lambda table: table.update(change, doc_ids=ids))

    @rule(change=CHANGES)
    def update_all(self, change: Any) -> None:
        self.same(lambda table: table.update(change))

    @rule(updates=st.lists(st.tuples(CHANGES, QUERIES), max_size=3))
    def update_multiple(self, updates: list[Any]) -> None:
        self.same(lambda table: table.update_multiple(updates))

    @rule(document=DOCUMENTS, query=QUERIES)
    def upsert(self, document: dict[str, Any], query: QueryLike) -> None:
        self.same(lambda table: table.upsert(document, query))

    @rule(query=QUERIES)
    def remove(self, query: QueryLike) -> None:
        self.same(lambda table: table.remove(query))

    @rule(ids=IDS)
    def remove_by_ids(self, ids: list[int]) -> None:
        self.same(lambda table: table.remove(doc_ids=ids))

    @rule()
    def truncate(self) -> None:
        self.same(lambda table: table.truncate())

    @rule(query=QUERIES, number=st.integers(1, 12), ids=IDS)
    def ask(self, query: QueryLike, number: int, ids: list[int]) -> None:
        self.same(lambda table: table.search(query))
        self.same(lambda table: table.count(query))
        self.same(lambda table: table.get(query))
        self.same(lambda table: table.get(doc_id=number))
        self.same(lambda table: table.get(doc_ids=ids))
        self.same(lambda table: table.contains(query))
        self.same(lambda table: table.contains(doc_id=number))

    @invariant()
    def all_documents_are_the_same(self) -> None:
        self.same(lambda table: table.all())
        self.same(len)

    @invariant()
    def every_index_finds_what_a_scan_finds(self) -> None:
        table = self.database.table("t")
        for tag in "abc":
            assert table.find("tag", tag) == table.search(where("tags").any([tag]))
        assert table.find("n", "n") == sorted(table.all(), key=lambda document: document["n"])


def _ids(result: Any) -> list[Any]:
    return [getattr(each, "doc_id", None) for each in (result if isinstance(result, list) else [result])]


TestParityWithStockTinyDB = Parity.TestCase
TestParityWithStockTinyDB.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "documents.db", indexes=INDEXES)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "act",
    [
        lambda table: table.insert("no mapping"),
        lambda table: table.insert_multiple([{"n": 1}, "no mapping"]),
        lambda table: table.insert(Document({"n": 1}, 1)),
        lambda table: table.upsert({"n": 1}),
        lambda table: table.get(),
        lambda table: table.contains(),
        lambda table: table.remove(),
    ],
)
def test_what_stock_refuses_is_refused_with_the_same_words_and_changes_nothing(
    database: Database, act: Callable[[Table], object]
) -> None:
    said = []
    for table in (database.table("t"), TinyDB(storage=MemoryStorage).table("t")):
        table.insert({"n": 0})
        with pytest.raises((ValueError, RuntimeError)) as refusal:
            act(table)
        said.append((type(refusal.value), str(refusal.value)))
    assert said[0] == said[1]
    assert database.table("t").all() == [{"n": 0}]


def test_documents_asked_for_by_ids_come_once_and_in_the_order_of_the_table(database: Database) -> None:
    for table in (database.table("t"), TinyDB(storage=MemoryStorage).table("t")):
        table.insert_multiple({"n": n} for n in range(3))
        assert table.get(doc_ids=[3, 1, 9, 3]) == [{"n": 0}, {"n": 2}]


def test_a_document_handed_out_is_a_copy(database: Database) -> None:
    database.table("t").insert({"n": 0, "tags": ["a"]})
    database.table("t").all()[0]["tags"].append("b")
    assert database.table("t").all() == [{"n": 0, "tags": ["a"]}]


def test_a_search_never_gives_what_another_handle_has_changed_since(database: Database, tmp_path: Path) -> None:
    other = Database(tmp_path / "documents.db", indexes=INDEXES)
    database.table("t").insert({"n": 1})
    assert other.table("t").search(where("n") == 1) == [{"n": 1}]
    database.table("t").update({"n": 2})
    assert other.table("t").search(where("n") == 1) == []
    other.close()


def test_an_index_gives_a_range_of_ranks_in_either_order(database: Database) -> None:
    table = database.table("t")
    table.insert_multiple({"n": n} for n in (3, 1, 2, 4))
    assert [each["n"] for each in table.find("n", "n", first="000000002", last="000000003")] == [2, 3]
    assert [each["n"] for each in table.find("n", "n", first="000000002", newest=True)] == [4, 3, 2]


def test_asking_by_an_index_that_is_not_there_is_a_mistake_in_the_program(database: Database) -> None:
    with pytest.raises(LookupError, match="t has no index colour"):
        database.table("t").find("colour", "red")


def test_documents_can_be_written_while_going_through_them(database: Database) -> None:
    table = database.table("t")
    table.insert_multiple({"n": n} for n in range(1200))
    for document in table:
        table.update({"n": document["n"] + 1}, doc_ids=[document.doc_id])
    assert [each["n"] for each in table] == list(range(1, 1201))


def test_the_database_has_tinydbs_tables_and_its_default_one(database: Database) -> None:
    database.insert({"a": 1})
    database.table("t").insert({"n": 1})
    assert (database.tables(), len(database), list(database)) == ({"_default", "t"}, 1, [{"a": 1}])
    assert database.storage.read() == {"_default": {"1": {"a": 1}}, "t": {"1": {"n": 1}}}
    database.drop_table("t")
    assert (database.tables(), database.table("t").find("n", "n")) == ({"_default"}, [])
    database.drop_tables()
    assert database.tables() == set()


# Transactions


def test_a_transaction_that_fails_undoes_everything_in_it(database: Database) -> None:
    table = database.table("t")
    table.insert({"n": 0})

    def interrupted() -> None:
        with database.transaction():
            table.update({"n": 5})
            table.insert({"n": 1})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (table.all(), table.find("n", "n")) == ([{"n": 0}], [{"n": 0}])


def test_a_transaction_inside_another_undoes_only_its_own_part(database: Database) -> None:
    table = database.table("t")
    with database.transaction():
        table.insert({"n": 1})
        with pytest.raises(ValueError, match="not a Mapping"):
            table.insert_multiple([{"n": 2}, None])  # type: ignore[list-item] # what must be refused
        table.insert({"n": 3})
    assert table.all() == [{"n": 1}, {"n": 3}]


def test_the_outer_transaction_decides_about_the_inner_one(database: Database) -> None:
    table = database.table("t")

    def both() -> None:
        with database.transaction():
            with database.transaction():
                table.insert({"n": 1})
            raise LookupError

    with pytest.raises(LookupError):
        both()
    assert table.all() == []


def test_a_snapshot_does_not_see_what_another_writes_meanwhile(database: Database, tmp_path: Path) -> None:
    other = Database(tmp_path / "documents.db", indexes=INDEXES)
    with database.snapshot():
        assert len(database.table("t")) == 0
        other.table("t").insert({"n": 1})
        assert len(database.table("t")) == 0
    assert len(database.table("t")) == 1
    other.close()
