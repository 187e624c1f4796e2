"""Files of older and newer versions."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evidence.model import Confidence, Evidence, Grade, Kind, Match
from store import schema
from store.database import Database
from store.index import Indexes
from store.ledger import CorruptStore, NewerSchema
from store.tiny import TinyLedger
from store.tracking import Choice, Stance, opt_outs

INDEXES_1: Indexes = {"notes": {"author": lambda note: [(note["by"], "")]}}
INDEXES_3: Indexes = {"notes": {"author": lambda note: [(each, "") for each in note["authors"]]}}


def name_all_authors(table: str, document: dict[str, Any]) -> dict[str, Any] | None:
    """Version 1 to 2: several authors."""
    if table != "notes":
        return document
    return {"authors": [document["by"]], "text": document["text"]}


def drop_drafts(table: str, document: dict[str, Any]) -> dict[str, Any] | None:
    """Version 2 to 3: drafts are no longer kept."""
    return None if table == "drafts" else document


MIGRATIONS = (name_all_authors, drop_drafts)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "notes.db"
    with closing(Database(path, indexes=INDEXES_1)) as database:
        database.table("notes").insert_multiple({"by": f"author {n % 2}", "text": str(n)} for n in range(700))
        database.table("drafts").insert({"text": "unfinished"})
    return path


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as file:
        return int(file.execute("PRAGMA user_version").fetchone()[0])


def test_an_older_file_is_brought_up_to_date_with_its_ids_and_indexes(old: Path) -> None:
    with closing(Database(old, indexes=INDEXES_3, migrations=MIGRATIONS)) as database:
        notes = database.table("notes")
        assert notes.get(doc_id=700) == {"authors": ["author 1"], "text": "699"}
        assert len(notes.find("author", "author 0")) == 350
        assert database.tables() == {"notes"}
    assert version(old) == 3


def test_a_file_of_the_version_between_takes_only_the_later_steps(old: Path) -> None:
    Database(old, indexes=INDEXES_3, migrations=MIGRATIONS[:1]).close()
    assert version(old) == 2
    with closing(Database(old, indexes=INDEXES_3, migrations=MIGRATIONS)) as database:
        assert (len(database.table("notes")), database.tables()) == (700, {"notes"})


def test_the_file_as_it_was_lies_beside_the_one_brought_up_to_date(old: Path) -> None:
    Database(old, indexes=INDEXES_3, migrations=MIGRATIONS).close()
    kept = old.with_name("notes.db.version-1")
    assert (version(kept), oct(kept.stat().st_mode & 0o777)) == (1, "0o600")
    with closing(Database(kept, indexes=INDEXES_1)) as database:
        assert len(database.table("notes").find("author", "author 0")) == 350


def test_a_step_that_fails_leaves_the_file_at_its_version(old: Path) -> None:
    def fail(table: str, document: dict[str, Any]) -> dict[str, Any] | None:
        raise KeyError("colour")

    with pytest.raises(KeyError):
        Database(old, indexes=INDEXES_3, migrations=(name_all_authors, fail))
    with closing(Database(old, indexes=INDEXES_1)) as database:
        assert (len(database.table("notes").find("author", "author 1")), len(database.table("drafts"))) == (350, 1)


def test_a_file_of_a_newer_version_is_refused_and_left_untouched(path: Path) -> None:
    TinyLedger(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(NewerSchema, match=rf"^{path}: it was written by a newer Heardback \(schema 99"):
        TinyLedger(path)
    assert path.read_bytes() == before


def test_a_version_that_is_none_is_refused(path: Path) -> None:
    TinyLedger(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA user_version = -1")
    with pytest.raises(CorruptStore):
        TinyLedger(path)


def test_answers_in_a_ledger_of_version_4_are_found_by_their_thread(path: Path) -> None:
    match = Match(item="feedc0de", recipient=None, confidence=Confidence.LIKELY, reason="it stands in the thread")
    answer = Evidence(kind=Kind.REPLY, grade=Grade.PROOF, rule="reply", why="", thread_id="t", match=match)
    with closing(TinyLedger(path)) as ledger:
        ledger.take("gmail:me@example.com", evidence=[answer])
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("DELETE FROM entries WHERE name = 'evidence.answer'")
        file.execute("PRAGMA user_version = 4")
    with closing(TinyLedger(path)) as ledger:
        assert ledger.answers("gmail:me@example.com", threads=["t"], message_ids=[]) == (answer,)


def test_in_a_ledger_of_version_5_nobody_is_named_who_may_not_have_pressed_the_button(path: Path) -> None:
    shared = "one of the 2 who got the same mail pressed the button in it, it cannot be told who"
    chosen = {"ann@example.org": shared, "bob@example.org": "pressed the button in the mail"}
    with closing(TinyLedger(path)) as ledger:
        ledger.tracking.choose(
            Choice(address=address, stance=Stance.OPT_OUT, at=datetime(2026, 5, 4, tzinfo=UTC), how=how)
            for address, how in chosen.items()
        )
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA user_version = 5")
    with closing(TinyLedger(path)) as ledger:
        assert {address: bool(mails) for address, mails in opt_outs(ledger.tracking.choices()).items()} == {
            "ann@example.org": True,
            "bob@example.org": False,
        }


def test_a_new_ledger_is_of_the_present_version(path: Path) -> None:
    TinyLedger(path).close()
    assert version(path) == schema.current(schema.MIGRATIONS)
