"""Erases one person from the whole ledger. Call it inside a transaction."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from store.database import Database
from store.forgotten import ForgottenPeople
from store.person import spellings, without
from store.records import moment_from
from store.storage import Placed
from store.tables import INDEXES
from store.tracking import Erased

#: tables whose documents hang on an item, or on a reminder about one, by the index that leads to them
_HANGING = {index: [table for table, known in INDEXES.items() if index in known] for index in ("item", "reminder")}


class Forgetting:
    """Erases people, and what hangs on the items that went to nobody else."""

    def __init__(self, database: Database, people: ForgottenPeople) -> None:
        """Work on an open file.

        :param people: the list of those who were forgotten
        """
        self._storage = database.storage
        self._people = people

    def forget(self, address: str, *, at: datetime, reader: str) -> Erased:
        """Erase what is known of one person; see `TrackingLedger.forget`."""
        gone: dict[str, list[Placed]] = {"items": [], "evidence": [], "tracked": []}
        stays: list[tuple[str, Placed, dict[str, Any]]] = []
        for table, placed in self.naming(address):
            left = without(table, placed.document, address)
            if left is None:
                gone.setdefault(table, []).append(placed)
            else:
                stays.append((table, placed, left))
        removed = self._remove_all(gone)
        # what hung on an item went with it
        stays = [each for each in stays if self._storage.document(each[0], each[1].number)]
        for table, placed, left in stays:
            self._replace(table, placed, left)
        tokens = [each.document["id"] for each in gone["tracked"]]
        items = (*gone["items"], *(placed for table, placed, _ in stays if table == "items"))
        # the provider's clock may be ahead of ours: what is erased must not be younger than the forgetting
        last = max((moment_from(each.document["sent_at"]) for each in items), default=at)
        self._people.add(address, at=max(at, last), reader=reader, tokens=tokens)
        return replace(erased(removed), struck=len(stays))

    def _remove_all(self, gone: Mapping[str, list[Placed]]) -> Counter[str]:
        removed = Counter({table: self._remove(table, found) for table, found in gone.items()})
        removed["evidence"] += self._remove_rulings(each.document for each in gone["evidence"])
        for item in gone["items"]:
            removed += self.remove_about(item.document)
        return removed

    def naming(self, address: str) -> list[tuple[str, Placed]]:
        """Every document that names the address, with its table. This looks at the whole ledger once."""
        found = self._storage.mentioning(spellings(address)[-2:])
        return [each for each in found if without(each[0], each[1].document, address) != each[1].document]

    def remove_about(self, item: Mapping[str, Any]) -> Counter[str]:
        """Remove what hangs on an item that is gone, but for its tokens; how many of each table."""
        marks = [each["tag"] for each in (item, *item.get("copies", ())) if each.get("tag")]
        reminders = [each.document["id"] for each in self._storage.find("reminders", "item", item["id"])]
        places = [
            *((table, "reminder", each) for table in _HANGING["reminder"] for each in reminders),
            *((table, "item", item["id"]) for table in _HANGING["item"]),
            ("evidence", "hint", item["id"]),
            *(("outgoing", "tag", each) for each in marks),
        ]
        removed: Counter[str] = Counter()
        for table, index, key in places:
            removed[table] += self._remove(table, self._storage.find(table, index, key))
        return removed

    def _remove(self, table: str, found: Iterable[Placed]) -> int:
        count = 0
        for count, placed in enumerate(found, 1):  # noqa: B007 - the last number is what is wanted
            self._storage.remove(table, placed)
        return count

    def _replace(self, table: str, placed: Placed, left: dict[str, Any]) -> None:
        before = placed.document.get("id")

        def change(document: dict[str, Any]) -> None:
            document.clear()
            document.update(left)

        self._storage.change(table, placed, change)
        if table == "evidence" and left["id"] != before:
            for ruling in self._rulings(left, str(before)):
                self._storage.change(table, ruling, lambda document: document.update(overrules=left["id"]))

    def _remove_rulings(self, gone: Iterable[dict[str, Any]]) -> int:
        """Remove what a person decided about evidence that is gone."""
        return sum(self._remove("evidence", self._rulings(each, each["id"])) for each in gone)

    def _rulings(self, evidence: Mapping[str, Any], about: str) -> list[Placed]:
        if not evidence["match"]:
            return []
        beside = self._storage.find("evidence", "item", evidence["match"]["item"])
        return [each for each in beside if each.document["overrules"] == about]


def erased(removed: Mapping[str, int]) -> Erased:
    """What was removed of each table, in the ledger's words."""
    return Erased(**{name: removed.get(name, 0) for name in _COUNTED})


_COUNTED = ("items", "evidence", "reminders", "decisions", "tracked", "choices")
