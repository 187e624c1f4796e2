"""Takes sent items and evidence into the ledger, each known by its id. Call it inside a transaction."""

from typing import Any

from evidence.copies import joined
from evidence.model import Evidence, SentItem
from store.changes import rematched
from store.database import Database
from store.forgotten import ForgottenPeople
from store.records import from_document, to_document
from store.table import put


class Intake:
    """The one door for what is read of a mailbox or of the relay; people who were forgotten stay outside."""

    def __init__(self, database: Database, people: ForgottenPeople) -> None:
        """Work on an open file."""
        self._items = database.table("items")
        self._evidence = database.table("evidence")
        self._people = people

    def item(self, item: SentItem) -> None:
        """Add an item, or replace it; it is back if it had left the mailbox."""
        nobody = self._people.is_nobody()
        admitted = item if nobody else self._people.let_in(item)
        if admitted is None:
            return
        known = self._items.find("id", item.id)
        is_back = {"removed": False} if known and known[0].get("removed") else {}
        before = from_document(SentItem, known[0]) if known and admitted.copies else None
        document = to_document(joined(before, admitted)) | _told(known)
        put(self._items, known, (document if nobody else self._people.struck(document, item.sent_at)) | is_back)

    def evidence(self, account: str, evidence: Evidence) -> None:
        """Add evidence read for an account; known evidence only gains a match, a hint or a doubt."""
        nobody = self._people.is_nobody()
        if not (nobody or self._people.admits(evidence)):
            return
        name = evidence.id
        known = self._evidence.find("id", account, first=name, last=name)
        kept = rematched(from_document(Evidence, known[0]), evidence) if known else evidence
        document = to_document(kept) if nobody else self._people.struck(to_document(kept), evidence.at)
        put(self._evidence, known, {"id": name, "account": account, **document})


def _told(known: list[Any]) -> dict[str, object]:
    """What was found in the text, which a listing does not show and which never changes."""
    told = known[0].get("asks_question") if known else None
    return {} if told is None else {"asks_question": told}
