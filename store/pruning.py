"""Erases what is old, in small parts: a ledger of years takes seconds, and nobody should have to wait that long."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from evidence.model import HitKind
from store.changes import OPEN
from store.database import Database
from store.forgetting import Forgetting, erased
from store.ledger import ReminderState
from store.records import moment_text
from store.tracking import Erased

#: an item is kept while one of its reminders is in one of these
_WAITING = {*OPEN, ReminderState.CLAIMED}
#: documents erased in one commit; items take several others along
_AT_ONCE = 250

#: where a document's age stands
_AGE = {"items": "sent_at", "evidence": "at", "tracked": "made_at"}

#: erases its part; call it inside a transaction
Step = Callable[[], Erased]


class Pruning:
    """Erases by age, by the indexes: what is young is not read."""

    def __init__(self, database: Database, forgetting: Forgetting) -> None:
        """Work on an open file."""
        self._database = database
        self._forgetting = forgetting

    def steps(self, *, items_before: datetime, evidence_before: datetime, hits_before: datetime) -> Iterator[Step]:
        """What is to be done, in parts that can be done one without the other; see `TrackingLedger.prune`."""
        parts = (
            (self._items, "items", "sent", items_before),
            (self._evidence, "evidence", "item", evidence_before),
            (self._evidence, "evidence", "hit", hits_before),
            (self._tokens, "tracked", "made", hits_before),
        )
        for erase, table, index, before in parts:
            last = moment_text(before)
            # what is older under the index's empty key; what has no date stays
            old = self._database.storage.numbers(table, index, "", first="0", last=last)
            while part := list(islice(old, _AT_ONCE)):
                yield partial(self._step, erase, table, part, last)

    def _step(self, erase: Callable[[list[Any]], Erased], table: str, numbers: list[int], last: str) -> Erased:
        """Erase those of these ids that are old still: another process may have used an id again."""
        found = self._database.table(table).get(doc_ids=numbers)
        return erase([each for each in found if each[_AGE[table]] <= last])

    def _items(self, old: list[Any]) -> Erased:
        gone = [each for each in old if not self._is_waited_for(each["id"])]
        removed = Counter({"items": self._remove("items", gone)})
        for item in gone:
            removed += self._forgetting.remove_about(item)
        return replace(erased(removed), waiting=len(old) - len(gone))

    def _evidence(self, old: list[Any]) -> Erased:
        return Erased(evidence=self._remove("evidence", old))

    def _tokens(self, old: list[Any]) -> Erased:
        """An opt-out link never expires, and what its token names is needed to know who pressed it."""
        return Erased(tracked=self._remove("tracked", [each for each in old if each["kind"] != HitKind.OPT_OUT]))

    def _remove(self, table: str, found: list[Any]) -> int:
        return len(self._database.table(table).remove(doc_ids=[each.doc_id for each in found]))

    def _is_waited_for(self, item: str) -> bool:
        reminders = self._database.table("reminders").find("item", item)
        return any(each["state"] in _WAITING for each in reminders)


def plus(one: Erased, other: Erased) -> Erased:
    """Both counts as one."""
    return Erased(**{each.name: getattr(one, each.name) + getattr(other, each.name) for each in fields(Erased)})
