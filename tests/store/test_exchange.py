"""Out to plain JSON and back."""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB, where

from evidence.model import Confidence, Evidence, Grade, Kind, Match, SentItem
from store import schema
from store.exchange import read_import, write_export
from store.ledger import Account, Decision, NewerSchema, Outgoing, Reminder, StoreError, StoreUnwritable, Tally
from store.tiny import TinyLedger

ME = "gmail:me@example.com"
MakeItem = Callable[..., SentItem]


@pytest.fixture
def full(ledger: TinyLedger, make_item: MakeItem) -> TinyLedger:
    """A ledger with something in every table, and gaps among its ids."""
    items = [make_item(number) for number in range(1, 12)]
    monday = items[0].sent_at
    ledger.put_account(
        Account(
            id=ME, provider="gmail", address="me@example.com", capabilities={}, connected_at=monday, granted_at=monday
        )
    )
    reply = Evidence(kind=Kind.REPLY, grade=Grade.PROOF, rule="reply", why="raw \udce9 🦊", source="in-1", at=monday)
    matched = replace(
        reply,
        source="in-2",
        match=Match(item=items[0].id, recipient=None, confidence=Confidence.LIKELY, reason="it is in its thread"),
    )
    ledger.take(ME, items=items, evidence=[reply, matched], cursor="c", tally=Tally(listed=2, skipped={"old": 1}))
    ledger.remove_item(ME, items[0].provider_id)
    reminder = Reminder(id="r-1", item=items[0].id, account=ME, round=1, due_at=monday + timedelta(days=3))
    ledger.put_reminder(reminder, Decision(at=monday, reminder="r-1", item=items[0].id, what="planned", why="unread"))
    ledger.begin_sending(Outgoing(tag="lost", account=ME, subject="", begun_at=monday))
    ledger.begin_sending(Outgoing(tag="kept", account=ME, subject="S", begun_at=monday))
    ledger.end_sending("lost", item=None)
    return ledger


def test_an_exported_file_is_opened_by_stock_tinydb(full: TinyLedger, tmp_path: Path) -> None:
    write_export(full, tmp_path / "out.json")
    with TinyDB(tmp_path / "out.json") as stock:
        tables = {name: {str(each.doc_id): dict(each) for each in stock.table(name)} for name in stock.tables()}
        found = stock.table("items").search(where("message_ids").any(["wire-7@mail.example.com"]))
    assert tables == full.export()
    assert [each["subject"] for each in found] == ["Letter 7"]


def test_what_is_exported_and_imported_is_exactly_the_same(full: TinyLedger, tmp_path: Path, path: Path) -> None:
    write_export(full, tmp_path / "out.json")
    read_import(path.with_name("again.db"), tmp_path / "out.json")
    with closing(TinyLedger(path.with_name("again.db"))) as again:
        assert again.export() == full.export()
        assert again.items() == full.items()
        assert again.is_removed(full.items()[-1].id)
        assert again.due(full.items()[-1].sent_at + timedelta(days=3)) == full.reminders()


def test_an_empty_ledger_goes_out_and_comes_back(ledger: TinyLedger, tmp_path: Path, path: Path) -> None:
    write_export(ledger, tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text()) == {
        "meta": {"1": {"schema": schema.current(schema.MIGRATIONS)}}
    }
    read_import(path, tmp_path / "out.json")
    assert ledger.export() == {"meta": {"1": {"schema": schema.current(schema.MIGRATIONS)}}}


def test_an_export_replaces_the_file_whole_and_only_the_owner_can_read_it(full: TinyLedger, tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    target.write_text("yesterday's")
    write_export(full, target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["out.json"]


def test_an_export_that_cannot_be_written_leaves_the_file_as_it_was_and_the_ledger_usable(
    full: TinyLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(number: int) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "out.json").write_text("yesterday's")
    monkeypatch.setattr("store.exchange.os.fsync", broken)
    with pytest.raises(StoreUnwritable, match=r"out.json: it cannot be written \(No space left on device"):
        write_export(full, tmp_path / "out.json")
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir() if each.is_file()] == [
        ("out.json", "yesterday's")
    ]
    full.take(ME, cursor="goes on")
    assert full.cursor(ME) == "goes on"


def test_an_export_or_backup_to_no_possible_place_is_told(full: TinyLedger, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    for place in (tmp_path / "file" / "out", tmp_path / "folder"):
        with pytest.raises(StoreUnwritable, match="choose another"):
            write_export(full, place)
        with pytest.raises(StoreUnwritable, match="choose another"):
            full.backup(place)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder", "heardback"]


def test_a_ledger_is_never_replaced_by_its_own_export_or_backup(full: TinyLedger, path: Path) -> None:
    with pytest.raises(StoreUnwritable, match="it is the ledger itself"):
        write_export(full, path)
    with pytest.raises(StoreUnwritable, match="it is the ledger itself"):
        full.backup(path.parent / "." / path.name)
    assert len(full.items()) == 11


def test_a_ledger_with_something_in_it_takes_no_import(full: TinyLedger, tmp_path: Path, path: Path) -> None:
    write_export(full, tmp_path / "out.json")
    before = full.export()
    with pytest.raises(StoreError, match=f"^{path}: it is not empty; import into a new file"):
        read_import(path, tmp_path / "out.json")
    assert full.export() == before


ITEM = {"id": "i", "account": ME}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is not JSON"),
        ('{"meta": {"1": {"schema": 1}}, "items": {"1": {', "it is not JSON"),
        ("[]", "it is not laid out as table, document id, document"),
        ('{"meta": {"1": {"schema": 1}}, "items": [1]}', "it is not laid out as"),
        ('{"meta": {"1": {"schema": 1}}, "items": {"1": "text"}}', "it is not laid out as"),
        ('{"_default": {"1": {"a": 1}}}', "it does not say its schema version"),
        ('{"meta": {"1": {"schema": "new"}}}', "it does not say its schema version"),
        ('{"meta": {"1": {"schema": 0}}}', "it does not say its schema version"),
        ('{"meta": {"1": {"schema": 1}}, "recipes": {"1": {}}}', "there is no table recipes in a ledger"),
        (
            '{"meta": {"1": {"schema": 1}}, "outgoing": {"1": {"tag": "t"}}}',
            "document 1 of outgoing cannot be read: Outgoing without account",
        ),
        (
            '{"meta": {"1": {"schema": 1}}, "tallies": {"1": {"skipped": {}}}}',
            "document 1 of tallies is without 'account'",
        ),
        (
            '{"meta": {"1": {"schema": 1}}, "cursors": {"one": {"account": "a", "cursor": "c"}}}',
            "one is no document id",
        ),
        (
            '{"meta": {"1": {"schema": 1}}, "cursors": {"01": {"account": "a", "cursor": "c"}}}',
            "01 is no document id",
        ),
        ("[" * 100_000, "it is not JSON"),
    ],
)
def test_a_file_that_is_no_export_is_refused_and_nothing_changes(
    path: Path, tmp_path: Path, text: str, why: str
) -> None:
    (tmp_path / "in.json").write_text(text)
    with pytest.raises(StoreError, match=f"^{tmp_path / 'in.json'}: {why}") as refusal:
        read_import(path, tmp_path / "in.json")
    assert "nothing was imported" in str(refusal.value)
    assert not path.exists()


def test_a_file_that_is_not_there_is_told(path: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"it cannot be read \(No such file"):
        read_import(path, tmp_path / "none.json")


def test_an_export_of_a_newer_version_is_refused(path: Path, tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text('{"meta": {"1": {"schema": 99}}}')
    with pytest.raises(NewerSchema, match="schema 99"):
        read_import(path, tmp_path / "in.json")


def test_an_export_of_an_older_version_is_brought_up_to_date(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rename(table: str, document: dict[str, Any]) -> dict[str, Any] | None:
        return {"account": document["mailbox"], "cursor": document["cursor"]} if table == "cursors" else None

    (tmp_path / "in.json").write_text(
        '{"meta": {"1": {"schema": 1}}, "cursors": {"4": {"mailbox": "a", "cursor": "c"}}, "gone": {"1": {"x": 1}}}'
    )
    monkeypatch.setattr(schema, "MIGRATIONS", (rename,))
    read_import(path, tmp_path / "in.json")
    with closing(TinyLedger(path)) as ledger:
        assert ledger.export() == {
            "meta": {"1": {"schema": 2}},
            "cursors": {"4": {"account": "a", "cursor": "c"}},
        }
