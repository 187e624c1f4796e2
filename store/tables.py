"""The ledger's tables: which record lies in each, which fields stand beside it, and what documents are found by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evidence.model import Evidence, SentItem
from store.index import Entry, Indexes
from store.ledger import Account, Decision, Outgoing, Reminder, Spent, Tally
from store.tracking import Choice, RelayState, Tracked


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where reading one mailbox stopped."""

    account: str
    cursor: str


#: Beside its record, an item may have `removed`, evidence `id` and `account` (whose mailbox it was read from), a tally
#: `account`. Changing an index is a new schema version: the migration makes all entries anew.
KINDS: dict[str, type] = {
    "accounts": Account,
    "cursors": Cursor,
    "tallies": Tally,
    "spending": Spent,
    "items": SentItem,
    "evidence": Evidence,
    "reminders": Reminder,
    "decisions": Decision,
    "outgoing": Outgoing,
    "tracked": Tracked,
    "choices": Choice,
    "relay": RelayState,
}

#: the table of an exported file that says which schema version it is in
META = "meta"


def joined(*parts: str) -> str:
    """One key of several parts."""
    return "\x1f".join(parts)


def _about(evidence: Mapping[str, Any]) -> Iterator[Entry]:
    """The item it was matched to; the empty key for evidence that speaks about none."""
    yield (evidence["match"]["item"] if evidence["match"] else ""), evidence["at"] or ""


def _whose(evidence: Mapping[str, Any]) -> Iterator[Entry]:
    """The recipient it was matched to, if it can be told who."""
    match = evidence["match"]
    if match and match["recipient"]:
        yield match["recipient"], evidence["at"] or ""


INDEXES: Indexes = {
    "accounts": {"id": lambda account: [(account["id"], "")]},
    "cursors": {"id": lambda cursor: [(cursor["account"], "")]},
    "tallies": {"id": lambda tally: [(tally["account"], "")]},
    "spending": {"minute": lambda spent: [(spent["account"], spent["minute"])]},
    "items": {
        "id": lambda item: [(item["id"], "")],
        "sent": lambda item: [("", item["sent_at"])],
        "provider": lambda item: [(item["account"], item["provider_id"])],
        "message_id": lambda item: [(each, "") for each in item["message_ids"]],
        "thread": lambda item: [(joined(item["account"], item["thread_id"]), item["sent_at"])],
        "correlation_key": lambda item: [(item["correlation_key"], "")] if item["correlation_key"] else [],
        "recipient": lambda item: [(each["address"], item["sent_at"]) for each in item["recipients"]],
        "tag": lambda item: [(item["tag"], "")] if item.get("tag") else [],
    },
    "evidence": {
        "id": lambda evidence: [(evidence["account"], evidence["id"])],
        "item": _about,
        "recipient": _whose,
        "source": lambda evidence: [(evidence["account"], evidence["source"])],
    },
    "reminders": {
        "id": lambda reminder: [(reminder["id"], "")],
        "item": lambda reminder: [(reminder["item"], reminder["due_at"])],
        "state": lambda reminder: [(reminder["state"], reminder["due_at"])],
    },
    "decisions": {"item": lambda decision: [(decision["item"], decision["at"])]},
    "outgoing": {
        "tag": lambda outgoing: [(outgoing["tag"], "")],
        "pending": lambda outgoing: [] if outgoing["item"] else [("", outgoing["begun_at"])],
    },
    "tracked": {
        "id": lambda tracked: [(tracked["id"], "")],
        "tag": lambda tracked: [(tracked["tag"], tracked["made_at"])],
        "recipient": lambda tracked: [(each, tracked["made_at"]) for each in tracked["recipients"]],
    },
    "choices": {"address": lambda choice: [(choice["address"], choice["at"])]},
}
