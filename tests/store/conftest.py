"""A ledger in a fresh folder, and the record that the tests of this room start from."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence.model import Recipient, SentItem, item_id
from store.tiny import TinyLedger

MONDAY = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)

#: makes the sent item of this number, sent that many hours after Monday morning, with some fields different
MakeItem = Callable[..., SentItem]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "heardback" / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[TinyLedger]:
    opened = TinyLedger(path, patience=0.2)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def make_item() -> MakeItem:
    def make(number: int, **changes: object) -> SentItem:
        account = str(changes.get("account", "gmail:me@example.com"))
        item = SentItem(
            id=item_id(account, f"sent-{number}"),
            account=account,
            provider_id=f"sent-{number}",
            message_ids=(f"wire-{number}@mail.example.com", f"own-{number}@example.com"),
            thread_id=f"thread-{number}",
            sent_at=MONDAY + timedelta(hours=number),
            sender="me@example.com",
            recipients=(Recipient(address=f"reader-{number}@example.org", name="Réader"),),
            subject=f"Letter {number}",
        )
        return replace(item, **changes)  # type: ignore[arg-type] # the tests name fields and values as the record has them

    return make
