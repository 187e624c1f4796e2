"""Erases what is old. Call it inside a transaction."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
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


class Pruning:
    """Erases by age, by the indexes: what is young is not read."""

    def __init__(self, database: Database, forgetting: Forgetting) -> None:
        """Work on an open file."""
        self._database = database
        self._forgetting = forgetting

    def prune(self, *, items_before: datetime, evidence_before: datetime, hits_before: datetime) -> Erased:
        """Erase what is old; see `TrackingLedger.prune`."""
        removed: Counter[str] = Counter()
        old = self._of_age("items", "sent", items_before)
        gone = [each for each in old if not self._is_waited_for(each["id"])]
        removed["items"] += self._remove("items", gone)
        for item in gone:
            removed += self._forgetting.remove_about(item)
        removed["evidence"] += self._remove("evidence", self._of_age("evidence", "item", evidence_before))
        removed["evidence"] += self._remove("evidence", self._of_age("evidence", "hit", hits_before))
        # an opt-out link never expires, and what it names is needed to know who pressed it
        tokens = self._of_age("tracked", "made", hits_before)
        removed["tracked"] += self._remove("tracked", [each for each in tokens if each["kind"] != HitKind.OPT_OUT])
        return replace(erased(removed), waiting=len(old) - len(gone))

    def _of_age(self, table: str, index: str, before: datetime) -> list[Any]:
        """Those under the index's empty key that are older; what has no date stays."""
        return self._database.table(table).find(index, "", first="0", last=moment_text(before))

    def _remove(self, table: str, found: list[Any]) -> int:
        return len(self._database.table(table).remove(doc_ids=[each.doc_id for each in found]))

    def _is_waited_for(self, item: str) -> bool:
        reminders = self._database.table("reminders").find("item", item)
        return any(each["state"] in _WAITING for each in reminders)
